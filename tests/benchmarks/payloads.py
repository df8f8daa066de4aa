"""The bodies to parse: the tests' samples, and arrays and malformed bodies built from them."""

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
"""One event of each modelled type, as Bandwidth documents it."""

TYPICAL: Final = KINDS["message-received"]

SIZES: Final = (1, 10, 100, 1_000, 10_000)


def _dump(document: object) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()


def array(size: int) -> bytes:
    """Build a body with a number of events, each with its own id."""
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
        "truncated in the middle": TYPICAL[: len(TYPICAL) // 2],
        "a key missing": _dump([without_message]),
        "a wrong value": _dump([wrong_number]),
        "an empty object": b"[{}]",
        "one of three events": _dump([event, wrong_number, event]),
        "a hundred of a hundred": _dump([wrong_number] * 100),
    }


MALFORMED: Final = _malformed()
"""Bodies that no parser can parse completely."""
