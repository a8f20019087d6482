"""rudder-sdk-python: rudder_python.py URL KEY PREFIX TICKS"""

import sys

import rudderstack.analytics as analytics

import segment_calls

url, key, prefix, ticks = sys.argv[1:]
errors = []
analytics.write_key = key
analytics.dataPlaneUrl = url
analytics.on_error = lambda error, items: errors.append(error)

segment_calls.send(analytics, prefix, int(ticks))
analytics.shutdown()
sys.exit("\n".join(map(str, errors)) or 0)
