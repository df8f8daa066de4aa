"""Bodies of callbacks for the tests: sample files, one valid event, and strategies."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

INBOUND_TYPES = ("message-received", "suggestion-response", "requested-location-response")
STATUS_TYPES = (
    "message-sending",
    "message-sent",
    "message-delivered",
    "message-failed",
    "message-read",
)
TYPES = INBOUND_TYPES + STATUS_TYPES

ROOT = Path(__file__).parent.parent
SAMPLES = {p.stem: p.read_bytes() for p in sorted((ROOT / "tests/samples").glob("*.json"))}


def event(type_: str = "message-received", /, **changes: Any) -> dict[str, Any]:  # noqa: ANN401  # any JSON
    """Return a valid event as Bandwidth writes it.

    Each keyword sets a key, with ``__`` between levels; ``...`` removes the key.
    """
    body: dict[str, Any] = deepcopy(json.loads(SAMPLES["inbound-sms"])[0]) | {"type": type_}
    for path, value in changes.items():
        *parents, key = path.split("__")
        target = body
        for parent in parents:
            target = target[parent]
        if value is ...:
            del target[key]
        else:
            target[key] = value
    return body


def dump(document: object) -> bytes:
    return json.dumps(document).encode()


_scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False)
    | st.text()
)
documents = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
"""Arbitrary JSON, decoded."""

# None of Bandwidth's keys has this prefix.
_unknown_keys = st.dictionaries(st.text().map("x-".__add__), documents, max_size=2)


def _merge(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    return first | second


def _with_unknown_keys(
    known: st.SearchStrategy[dict[str, Any]],
) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(_merge, _unknown_keys, known)


_optional_texts = st.none() | st.text()
_coordinates = st.none() | st.decimals(allow_nan=False, allow_infinity=False).map(str)
_files = _with_unknown_keys(
    st.fixed_dictionaries({"fileUrl": st.text()}, optional={"thumbnailUrl": _optional_texts})
)
_contents = _with_unknown_keys(
    st.fixed_dictionaries({}, optional={"text": _optional_texts, "media": st.none() | _files})
)
_suggestion_responses = _with_unknown_keys(
    st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(("text", "postbackData", "pairedMessageId"), _optional_texts),
    )
)
_location_responses = _with_unknown_keys(
    st.fixed_dictionaries({}, optional=dict.fromkeys(("latitude", "longitude"), _coordinates))
)

_times = st.datetimes().map(lambda time: f"{time.isoformat()}Z")
_messages = _with_unknown_keys(
    st.fixed_dictionaries(
        {
            "id": st.text(),
            "owner": st.text(),
            "applicationId": st.text(),
            "time": _times,
            "segmentCount": st.integers(),
            "direction": st.sampled_from(["in", "out"]),
            "to": st.lists(st.text(), max_size=3),
            "from": st.text(),
        },
        optional={
            "text": st.text(),
            "tag": st.text(),
            "media": st.none() | st.lists(st.text(), max_size=3),
            "priority": st.sampled_from(["default", "high"]) | st.text(),
            "channel": st.sampled_from(["SMS", "MMS", "RBM"]) | st.text(),
            "content": st.none() | _contents,
            "suggestionResponse": st.none() | _suggestion_responses,
            "locationResponse": st.none() | _location_responses,
        },
    )
)
typed_events = _with_unknown_keys(
    st.fixed_dictionaries(
        {
            "type": st.sampled_from(TYPES),
            "time": _times,
            "to": st.text(),
            "description": st.text(),
            "message": _messages,
        },
        optional={
            "errorCode": st.none() | st.integers(),
            "carrierName": _optional_texts,
            "eventTime": st.none() | _times,
        },
    )
)
"""Events of the types that the library models, as Bandwidth might write them."""

_OF_WEBRTC = {"endpointId", "participantId"}  # without a message, they identify WebRTC
unknown_events = st.builds(
    _merge,
    st.dictionaries(st.text().filter(lambda key: key not in _OF_WEBRTC), documents, max_size=4),
    st.fixed_dictionaries({"type": st.text().filter(lambda type_: type_ not in TYPES)}),
)
events = typed_events | unknown_events
bodies = st.lists(events, max_size=3).map(dump)


@st.composite
def mutated_bodies(draw: st.DrawFn) -> bytes:
    """Draw a valid body with a few slices replaced."""
    body = draw(st.sampled_from(sorted(SAMPLES.values())) | bodies)
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(body)))
        end = draw(st.integers(start, min(start + 20, len(body))))
        new = draw(
            st.binary(max_size=5) | st.sampled_from([b'"', b"{", b"]", b",", b"null", b"\\u"])
        )
        body = body[:start] + new + body[end:]
    return body
