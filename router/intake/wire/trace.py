"""W3C trace context: the one header that goes on with a record."""

from __future__ import annotations

import re

from router.intake.wire.cloudevents import Headers

_TRACEPARENT = re.compile(rb"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


def traced(headers: Headers) -> list[tuple[str, bytes]]:
    """The first valid ``traceparent``, alone: a second one would make readers disagree."""
    for name, text in headers:
        if name == "traceparent" and text and _TRACEPARENT.fullmatch(text):
            return [(name, text)]
    return []
