"""Hooks of the schema-driven tester: what it makes up gets past what guards calls, so that it tests what lies behind."""

import itertools

import schemathesis
from schemathesis.core.parameters import ParameterLocation

COUNT = itertools.count()


@schemathesis.hook
def before_call(_context, case, _kwargs):
    header = case.meta and case.meta.components.get(ParameterLocation.HEADER)
    if header and header.mode.is_negative:
        return
    nth = next(COUNT)
    # A made-up name is used twice before long, for another call, and a made-up version is nobody's.
    if "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = f"call {nth}"
    if nth % 4:
        case.headers.pop("If-Match", None)
    # Whoever the examples are about must not stay away for good.
    case.query.pop("block", None)
