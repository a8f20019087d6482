"""What the two Python clients of the Segment family are asked to send. Their calls are the same.

A pause stands where the order of two calls matters, because the clients' clocks tell milliseconds apart and no less."""

import time
from datetime import datetime, timezone


def send(analytics, prefix, ticks):
    def person(name):
        return f"{prefix}-{name}"

    def pause():
        time.sleep(0.003)

    def tags(**edit):
        return {"Vero": {"tags": edit}}

    ann = person("ann")
    analytics.identify(
        ann,
        {
            "name": "Zażółć 🦊 O'Neil",
            "email": f"Ann.{prefix}@Example.com",
            "phone": "+4915123456789",
            "plan": "trial",
            "address": {"city": "Łódź", "geo": {"lat": 51.75, "lon": 19.46}},
            "colours": ["red", None, {"hex": "#00f"}],
            "middle_name": "Q",
            "empty": "",
            "exact": 9007199254740993,
            "huge": 2**70,
        },
        context={
            "locale": "pl-PL",
            "timezone": "Europe/Warsaw",
            "device": {"id": f"device-{prefix}", "type": "ios", "token": f"token-{prefix}"},
            "consent": {"categoryPreferences": {"Marketing": True, "Analytics": False}},
        },
        integrations=tags(add=["vip", "beta"]),
    )
    pause()
    # Null deletes an attribute, and an object is replaced as a whole.
    analytics.identify(
        ann,
        {"plan": "pro", "middle_name": None, "address": {"city": "Kraków"}},
        context={"locale": "de-DE"},
        integrations=tags(remove=["beta"]),
    )
    analytics.track(
        ann,
        "Order Completed",
        {"total": 129.5, "products": [{"sku": "A-1", "quantity": 2}], "coupon": None, "note": "dzień dobry 🦊"},
        context={"ip": "203.0.113.7", "page": {"url": "https://shop.example/cart"}, "campaign": {"name": "autumn"}},
        timestamp=datetime(2026, 11, 2, 10, 30, tzinfo=timezone.utc),
    )
    # None of these is JSON that Postgres takes; the clients send all of them.
    analytics.track(ann, "Measured", {"value": float("nan"), "other": 1, "half": "a\ud83db", "nul": "a\x00b"})
    analytics.page(ann, name="Home", properties={"path": "/"})
    analytics.screen(ann, name="Cart", properties={"items": 2})
    analytics.group(ann, person("acme"), {"name": "Acme"})
    pause()
    analytics.group(ann, person("beta"))

    analytics.track(ann, "Unsubscribe")
    pause()
    analytics.track(ann, "Resubscribe")
    analytics.track(person("bob"), "Resubscribe")
    pause()
    analytics.track(person("bob"), "unsubscribe")
    analytics.track(ann, "Unsubscribe", {"id": person("cem")})
    analytics.identify(person("dee"), {"unsubscribed": False, "plan": "pro"})
    pause()
    analytics.identify(person("dee"), {"unsubscribed": True})

    # Somebody becomes known.
    analytics.track(anonymous_id=person("anon-1"), event="Viewed", properties={"sku": "A-1"})
    analytics.track(anonymous_id=person("anon-1"), event="Viewed", properties={"sku": "A-2"})
    analytics.identify(anonymous_id=person("anon-1"), traits={"colour": "blue", "plan": "none"})
    pause()
    analytics.identify(person("eva"), {"plan": "pro"}, anonymous_id=person("anon-1"))
    pause()
    analytics.track(anonymous_id=person("anon-1"), event="Viewed", properties={"sku": "A-3"})

    # An id is given up for another.
    analytics.identify(person("old"), {"loyalty": "gold", "city": "Oldenburg"})
    analytics.track(person("old"), "Visited")
    pause()
    analytics.identify(person("new"), {"city": "Newcastle"})
    analytics.alias(person("old"), person("new"))
    pause()
    analytics.track(person("old"), "Visited")

    for number in range(ticks):
        analytics.track(person("loop"), "Tick", {"n": number})

    # Two people use one browser, one after the other.
    analytics.identify(person("hal"), {"plan": "pro"}, anonymous_id=person("anon-2"))
    analytics.flush()
    analytics.track(anonymous_id=person("anon-2"), event="Browsed")
    analytics.flush()
    analytics.identify(person("ivy"), {"plan": "free"}, anonymous_id=person("anon-2"))
    analytics.flush()
    analytics.track(anonymous_id=person("anon-2"), event="Browsed")
    analytics.flush()
