"""Compares what is stored with what is expected: check.py URL KEY CLIENT PREFIX TICKS. Needs nothing but Python."""

import json
import sys
import time
from collections import Counter
from datetime import datetime
from decimal import Decimal
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import ProxyHandler, Request, build_opener

import expected

LIMIT = 30  # seconds until everything that was sent must be stored
PARTS = "identifiers,attributes,tags,addresses,devices,subscriptions,consents"

# Also kept in a place of their own: whether they stay attributes as well is not looked at, what they say is.
ADDRESSES = ("email", "phone", "phone_number")

opener = build_opener(ProxyHandler({}))


class Api:
    def __init__(self, url, key):
        self.url, self.key = url, key

    def get(self, path, **query):
        request = Request(f"{self.url}/api/data/v1/{path}?{urlencode(query)}", headers={"Authorization": f"Bearer {self.key}"})
        try:
            with opener.open(request, timeout=30) as answer:
                return json.load(answer, parse_int=Decimal, parse_float=Decimal)
        except HTTPError as error:
            if error.code == 404:
                return None
            raise RuntimeError(f"{request.full_url}: {error.code} {error.read().decode()}") from error

    def profile(self, identifier):
        return self.get("profiles", identifier=identifier, fields=PARTS)

    def events(self, profile):
        """Pages, screens and other events; activity holds more than those."""
        found, query = [], {}
        while True:
            page = self.get(f"profiles/{quote(profile, safe='')}/activity", limit=200, **query)
            found += [entry for entry in page["activity"] if entry["kind"] in ("event", "page", "screen")]
            if page["next_cursor"] is None:
                return found
            query = {"cursor": page["next_cursor"]}


def exact(value):
    """As text in which 1 and true differ, 1 and 1.0 do not, and no digit is lost."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(name)}:{exact(value[name])}" for name in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(exact, value)) + "]"
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        number = Decimal(str(value))
        return format(number.to_integral_value() if number == number.to_integral_value() else number.normalize(), "f")
    return json.dumps(value, ensure_ascii=False)


def attributes(given):
    """The set of groups has no order."""
    kept = {name: value for name, value in given.items() if name not in ADDRESSES}
    if isinstance(kept.get("groups"), list):
        kept["groups"] = sorted(kept["groups"], key=exact)
    return {name: exact(value) for name, value in kept.items()}


def differences(profile, events, about):
    """Each part that is not as expected: its name, what is expected, what is stored."""
    read = {
        "identifiers": lambda: {(each["kind"], each["value"]) for each in profile["identifiers"]},
        "attributes": lambda: attributes(profile["attributes"]),
        "tags": lambda: set(profile["tags"]),
        "addresses": lambda: {(each["channel"], each["address"]) for each in profile["addresses"]},
        "devices": lambda: {(each["token"], each.get("platform")) for each in profile["devices"]},
        "consents": lambda: {(each["purpose"], each["given"]) for each in profile["consents"]},
        "subscriptions": lambda: {
            (each["channel"], each.get("topic")): (each["state"], each["reason"]) for each in profile["subscriptions"]
        },
        "events": lambda: dict(Counter((each["kind"], each["name"]) for each in events)),
    }
    for part, stored in read.items():
        if part in about:
            wanted = attributes(about[part]) if part == "attributes" else about[part]
            if stored() != wanted:
                yield part, wanted, stored()
    addresses = {each["address"] for each in profile["addresses"]}
    for name in ADDRESSES:
        if profile["attributes"].get(name, None) not in (None, *addresses):
            yield f"attribute {name}", addresses, profile["attributes"][name]
    named = {}
    for each in events:
        named.setdefault(each["name"], []).append(each)
    for name, wanted in about.get("properties", {}).items():
        stored = sorted(exact(each["properties"]) for each in named.get(name, []))
        if stored != sorted(map(exact, wanted)):
            yield f"properties of {name}", sorted(map(exact, wanted)), stored
    for name, wanted in about.get("context", {}).items():
        for each in named.get(name, []):
            stored = {part: each["context"].get(part) for part in wanted}
            if exact(stored) != exact(wanted):
                yield f"context of {name}", wanted, each["context"]
    for name, wanted in about.get("times", {}).items():
        stored = [datetime.fromisoformat(each["occurred_at"].replace("Z", "+00:00")) for each in named.get(name, [])]
        if datetime.fromisoformat(wanted) not in stored:
            yield f"time of {name}", wanted, [str(each) for each in stored]


def brief(value):
    """A set in the order of its members, so that two can be compared by eye."""
    text = str(sorted(value, key=str) if isinstance(value, set) else value)
    return text if len(text) <= 1000 else f"{text[:1000]} … ({len(text)} characters)"


def faults(api, people, same):
    for person, about in people.items():
        profile = api.profile(f"id:{person}")
        if (profile is None) != (about is None):
            yield f"{person}: {'is missing' if profile is None else 'is still there'}"
        elif profile is not None:
            events = api.events(f"id:{person}")
            for part, wanted, stored in differences(profile, events, about):
                yield f"{person}: {part}\n    expected  {brief(wanted)}\n    stored    {brief(stored)}"
    for one, other in same:
        ids = [found and found["id"] for found in (api.profile(one), api.profile(other))]
        if ids[0] is None or ids[0] != ids[1]:
            yield f"{one} and {other} are not one person: {ids}"


def main():
    url, key, client, prefix, ticks = sys.argv[1:]
    api = Api(url, key)
    people, same = expected.of(client, prefix, int(ticks))
    end = time.monotonic() + LIMIT
    # What is stored late must appear in time; what is right must stay so, for a repeat may be stored late as well.
    is_right_before = False
    while True:
        wrong = list(faults(api, people, same))
        if not wrong and is_right_before:
            return
        if wrong and time.monotonic() > end:
            sys.exit("\n".join(wrong))
        is_right_before = not wrong
        time.sleep(0.5)


main()
