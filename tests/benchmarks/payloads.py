"""The bodies that are parsed: the tests' samples, and arrays and defects made of them."""

import json
from typing import Any, Final

from bodies import SAMPLES

KINDS: Final = {
    "message-received": SAMPLES["inbound-sms"],
    "suggestion-response": SAMPLES["suggestion-response"],
    "requested-location-response": SAMPLES["location-response"],
    "message-sending": SAMPLES["sending"],
    "message-sent": SAMPLES["sent"],
    "message-delivered": SAMPLES["delivered-sms"],
    "message-failed": SAMPLES["failed"],
    "message-read": SAMPLES["read"],
}
"""One event of each type that is modelled, as Bandwidth documents it."""

TYPICAL: Final = KINDS["message-received"]

SIZES: Final = (1, 10, 100, 1_000, 10_000)


def _dump(document: object) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()


def array(size: int) -> bytes:
    """Give so many events in one body; each has an id of its own."""
    event: dict[str, Any] = json.loads(TYPICAL)[0]
    return _dump(
        [event | {"message": event["message"] | {"id": f"id-{index:028}"}} for index in range(size)]
    )


def _malformed() -> dict[str, bytes]:
    event: dict[str, Any] = json.loads(TYPICAL)[0]
    message: dict[str, Any] = event["message"]
    without_message = {key: value for key, value in event.items() if key != "message"}
    wrong_number = event | {"message": message | {"segmentCount": "one"}}
    return {
        "empty body": b"",
        "cut off in the middle": TYPICAL[: len(TYPICAL) // 2],
        "a key missing": _dump([without_message]),
        "a wrong value": _dump([wrong_number]),
        "an empty object": b"[{}]",
        "one of three events": _dump([event, wrong_number, event]),
        "a hundred of a hundred": _dump([wrong_number] * 100),
    }


MALFORMED: Final = _malformed()
"""Bodies of which no parser can make all the events that they should hold."""
