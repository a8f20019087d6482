"""vero: vero_python.py URL KEY PREFIX TICKS"""

import sys
import time
import zlib

import requests
from vero import VeroEndpoints, VeroEventLogger

url, key, prefix, ticks = sys.argv[1:]

# This client has no option for its address: the constants that it calls are changed, before its first call.
for name, endpoint in list(vars(VeroEndpoints).items()):
    if not name.startswith("_"):
        setattr(VeroEndpoints, name, endpoint._replace(url=endpoint.url.replace("https://api.getvero.com", url)))

logger = VeroEventLogger(key)


def person(name):
    return f"{prefix}-{name}"


def sent(call, *values):
    """Calls as an application has to: this client sends once, and says nothing of a failure."""
    for _ in range(8):
        try:
            answer = call(*values)
        except requests.ConnectionError:
            continue
        if answer.status_code not in (429, 503):
            break
        time.sleep(int(answer.headers.get("Retry-After", 0)))
    if answer.status_code != 200 or answer.json() != {"status": 200, "message": "Success."}:
        sys.exit(f"{call.__name__}: {answer.status_code} {answer.text}")


ann = zlib.crc32(prefix.encode())  # ids may be numbers
sent(
    logger.add_user,
    ann,
    {
        "first_name": "Wera 🦊",
        "age": 30,
        "city": "Łódź",
        "middle_name": "Q",
        "exact": 9007199254740993,
        "colours": ["red", {"hex": "#00f"}],
        "phone_number": "+48221234567",
    },
    f"Wera.{prefix}@Example.com",
)
sent(logger.edit_user, ann, {"city": "Gdańsk", "middle_name": None})
sent(logger.add_tags, ann, ["vip", "beta", "new"])
sent(logger.remove_tags, ann, ["beta"])
sent(logger.unsubscribe_user, ann)
sent(logger.resubscribe_user, ann)
sent(logger.unsubscribe_user, person("bob"))

# Without an id the email is the id.
sent(logger.add_user, None, {"city": "Sopot"}, f"mail.{prefix}@example.com")

# The same event within five minutes is one; its name is compared without case, and a space is an underscore.
sent(logger.add_event, "Purchased Item", {"sku": 1}, ann)
sent(logger.add_event, "Purchased Item", {"sku": 1}, ann)
sent(logger.add_event, "purchased_item", {"sku": 1}, ann)
sent(logger.add_event, "Purchased Item", {"sku": 2}, ann)

# An id that nobody has yet is a new name; one that somebody has makes two people one.
sent(logger.add_user, person("first"), {"city": "Hel"})
sent(logger.reidentify_user, person("first"), person("renamed"))
sent(logger.add_user, person("old"), {"loyalty": "gold", "city": "Oldenburg"})
sent(logger.add_tags, person("old"), ["early"])
sent(logger.add_event, "Visited", {"page": 1}, person("old"))
sent(logger.add_user, person("new"), {"city": "Newcastle"})
sent(logger.add_tags, person("new"), ["late"])
sent(logger.reidentify_user, person("old"), person("new"))
sent(logger.add_event, "Visited", {"page": 2}, person("old"))

sent(logger.add_user, person("gone"), {"city": "Vanity"})
sent(logger.delete_user, person("gone"))

for number in range(int(ticks)):
    sent(logger.add_event, "Tick", {"n": number}, person("loop"))

for _ in range(8):
    try:
        if logger.heartbeat():
            break
    except requests.ConnectionError:
        continue
else:
    sys.exit("heartbeat: the answer is not 200")
