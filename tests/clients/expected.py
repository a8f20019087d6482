"""What must be stored after each client's calls, by the rules for its format; not what any server answered.

A person that is None must not exist. A part that is left out is not looked at."""

import zlib


def of(client, prefix, ticks):
    family = vero if client.startswith("vero") else segment
    return family(client.endswith("python"), prefix, ticks)


def closed(reason):
    return {("all", None): ("unsubscribed", reason)}


def opened(reason):
    return {("all", None): ("subscribed", reason)}


def ticked(ticks):
    return {
        "attributes": {},
        "events": {("event", "Tick"): ticks},
        "properties": {"Tick": [{"n": number} for number in range(ticks)]},
    }


def segment(is_python, prefix, ticks):
    def person(name):
        return f"{prefix}-{name}"

    people = {
        "ann": {
            "identifiers": {("id", person("ann"))},
            "attributes": {
                "name": "Zażółć 🦊 O'Neil",
                "plan": "pro",
                "address": {"city": "Kraków"},
                "colours": ["red", None, {"hex": "#00f"}],
                "empty": "",
                "exact": 9007199254740993 if is_python else 2**53 - 1,
                # JavaScript writes it with 17 digits.
                "huge": 2**70 if is_python else 1180591620717411300000,
                "locale": "pl-PL",
                "timezone": "Europe/Warsaw",
                "groups": [person("acme"), person("beta")],
                f"group:{person('acme')}": {"name": "Acme"},
            },
            "tags": {"vip"},
            "addresses": {("email", f"Ann.{prefix}@Example.com"), ("sms", "+4915123456789")},
            "devices": {(f"token-{prefix}", "ios")},
            "consents": {("category:Marketing", True), ("category:Analytics", False)},
            "subscriptions": opened("event"),
            "events": {
                ("event", "Order Completed"): 1,
                ("event", "Measured"): 1,
                ("page", "Home"): 1,
                ("screen", "Cart"): 1,
                ("event", "Unsubscribe"): 1,
                ("event", "Resubscribe"): 1,
            },
            "properties": {
                "Order Completed": [
                    {
                        "total": 129.5,
                        "products": [{"sku": "A-1", "quantity": 2}],
                        "coupon": None,
                        "note": "dzień dobry 🦊",
                    }
                ],
                "Measured": [{"value": None, "other": 1, "half": "a\ufffdb", "nul": "ab"}],
                "Home": [{"path": "/"}],
                "Cart": [{"items": 2}],
            },
            "context": {
                "Order Completed": {
                    "ip": "203.0.113.7",
                    "page": {"url": "https://shop.example/cart"},
                    "campaign": {"name": "autumn"},
                }
            },
            "times": {"Order Completed": "2026-11-02T10:30:00+00:00"},
        },
        "bob": {"subscriptions": closed("event"), "events": {("event", "Resubscribe"): 1, ("event", "unsubscribe"): 1}},
        "cem": {"subscriptions": closed("event"), "events": {("event", "Unsubscribe"): 1}},
        "dee": {"subscriptions": closed("trait"), "attributes": dict(plan="pro"), "events": {}},
        "eva": {
            "identifiers": {("id", person("eva")), ("anonymous_id", person("anon-1"))},
            "attributes": dict(colour="blue", plan="pro"),
            "events": {("event", "Viewed"): 3},
            "properties": {"Viewed": [{"sku": "A-1"}, {"sku": "A-2"}, {"sku": "A-3"}]},
        },
        "new": {
            # Clients do not say whether the id before was a person's or a browser's, so it is both from now on.
            "identifiers": {("id", person("old")), ("anonymous_id", person("old")), ("id", person("new"))},
            "attributes": dict(loyalty="gold", city="Newcastle"),
            "events": {("event", "Visited"): 2},
        },
        "loop": ticked(ticks),
        # The browser's events go to whoever uses it; what it did before stays, and the two remain two.
        "hal": {"attributes": dict(plan="pro"), "events": {("event", "Browsed"): 1}},
        "ivy": {
            "identifiers": {("id", person("ivy")), ("anonymous_id", person("anon-2"))},
            "attributes": dict(plan="free"),
            "events": {("event", "Browsed"): 1},
        },
    }
    same = [(f"id:{person('old')}", f"id:{person('new')}"), (f"anonymous_id:{person('anon-2')}", f"id:{person('ivy')}")]
    return {person(name): about for name, about in people.items()}, same


def vero(is_python, prefix, ticks):
    def person(name):
        return f"{prefix}-{name}"

    mail = f"mail.{prefix}@example.com"
    ann = str(zlib.crc32(prefix.encode())) if is_python else person("ann")
    extra = dict(exact=9007199254740993, colours=["red", {"hex": "#00f"}]) if is_python else {}
    people = {
        ann: {
            "identifiers": {("id", ann)},
            "attributes": dict(first_name="Wera 🦊", age=30, city="Gdańsk", **extra),
            "tags": {"vip", "new"},
            "addresses": {("email", f"Wera.{prefix}@Example.com"), ("sms", "+48221234567")},
            "subscriptions": opened("api"),
            "devices": set() if is_python else {(f"token-{prefix}", "android")},
            "events": {("event", "Purchased Item"): 2},
            "properties": {"Purchased Item": [{"sku": 1}, {"sku": 2}]},
        },
        person("bob"): {"identifiers": {("id", person("bob"))}, "subscriptions": closed("api"), "events": {}},
        person("renamed"): {
            "identifiers": {("id", person("first")), ("id", person("renamed"))},
            "attributes": dict(city="Hel"),
        },
        person("new"): {
            "identifiers": {("id", person("old")), ("id", person("new"))},
            "attributes": dict(loyalty="gold", city="Newcastle"),
            "tags": {"early", "late"},
            "events": {("event", "Visited"): 2},
            "properties": {"Visited": [{"page": 1}, {"page": 2}]},
        },
        person("gone"): None,
        person("loop"): ticked(ticks),
    }
    same = [(f"id:{person('old')}", f"id:{person('new')}"), (f"id:{person('first')}", f"id:{person('renamed')}")]
    if is_python:
        people[mail] = {
            "identifiers": {("id", mail)},
            "attributes": dict(city="Sopot"),
            "addresses": {("email", mail)},
        }
    else:
        # The time of `extras` is that of the event, whatever the zone is written like.
        people[ann]["times"] = {"Purchased Item": "2026-11-02T10:30:00+00:00"}
    return people, same
