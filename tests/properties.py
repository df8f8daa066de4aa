"""What holds for any input: stated here once, for Hypothesis and for the fuzzer.

Each function takes whatever there is and fails with an `AssertionError`, or with
what should never have been raised.
"""

import json
import re
import unicodedata
from base64 import b64decode
from pathlib import PureWindowsPath
from typing import TYPE_CHECKING, Final, get_args

from bodies import TYPES, event
from pydantic_core import Url

from bandwidth_events import (
    BaseMessageEvent,
    BasicAuthError,
    BasicCredentials,
    CallbackParseError,
    Event,
    EventError,
    InboundMessageEvent,
    UnknownEvent,
    encode_callback,
    parse_callback,
    verify_basic_auth,
)
from bandwidth_events._errors import EventErrorCode
from bandwidth_events.media import MEDIA_HOST, attachments, is_bandwidth_media, safe_filename

if TYPE_CHECKING:
    from pydantic import JsonValue

CODES: Final = frozenset(get_args(EventErrorCode))
ACCEPTED: Final = (BasicCredentials("user", "pass"), BasicCredentials("Zoë", "pässwörd"))


def parsing_is_total(body: bytes | str) -> None:
    """Promise 1: a list of events, or the one error, with the events that are good.

    Promise 2: these survive being encoded.
    """
    try:
        events = parse_callback(body)
    except CallbackParseError as error:
        assert error.status_code in {400, 413}
        assert error.errors
        assert all(each.event_type in {None, *TYPES} for each in error.errors)
        assert all(each.code in CODES for each in error.errors)
        assert all("Input should" not in each.reason for each in error.errors)
        assert str(error)
        events = error.events
    assert type(events) is list
    assert all(isinstance(event, (BaseMessageEvent, UnknownEvent)) for event in events)
    encoded = encode_callback(events)
    again = parse_callback(encoded)
    assert encode_callback(again) == encoded
    for parsed, twin in zip(events, again, strict=True):
        _every_event_has_an_identity(parsed, twin)


def _every_event_has_an_identity(parsed: Event, twin: Event) -> None:
    """Whatever it holds, it can be stored, compared, logged and answered."""
    assert len(parsed.dedupe_key) == 64
    assert parsed.dedupe_key == twin.dedupe_key
    assert hash(parsed) == hash(twin) or parsed != twin  # a NaN is equal to nothing
    assert parsed.log_fields() == twin.log_fields()
    assert parsed.log_fields()["dedupe_key"] == parsed.dedupe_key
    if isinstance(parsed, BaseMessageEvent):
        assert isinstance(twin, BaseMessageEvent)
        assert parsed.malformed_fields == twin.malformed_fields
        place = parsed.message.location_response
        assert place is None or place.coordinates is None or len(place.coordinates) == 2
    if isinstance(parsed, InboundMessageEvent):
        assert parsed.keyword in {"stop", "start", "help", None}


def text_bytes_and_decoded_json_agree(body: bytes) -> None:
    """Whatever form the body has, the events and the errors are the same."""
    expected = _outcome(body)
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return
    assert _outcome(text) == expected
    try:
        document: JsonValue = json.loads(text)
    except (ValueError, RecursionError):
        return
    if isinstance(document, (dict, list)):
        assert _outcome(document) == expected


def _outcome(body: object) -> tuple[bytes, tuple[EventError, ...]]:
    try:
        # Encoded, because a NaN is equal to nothing.
        return encode_callback(parse_callback(body)), ()  # type: ignore[arg-type]  # it checks
    except CallbackParseError as error:
        return encode_callback(error.events), error.errors


def authentication_is_total(header: bytes) -> None:
    """Promise 1: nothing, or the one error; and nothing only for what was agreed.

    Frameworks that decode the header, as latin-1, get the same answer.
    """
    reason = _refusal(header)
    assert _refusal(header.decode("latin-1")) == reason
    if reason is None:
        sent = b64decode(header.split()[1])
        assert sent in {f"{pair.username}:{pair.password}".encode() for pair in ACCEPTED}


def _refusal(header: bytes | str) -> str | None:
    try:
        verify_basic_auth(header, ACCEPTED)
    except BasicAuthError as error:
        assert error.reason in {"missing", "malformed", "rejected"}
        assert error.headers["WWW-Authenticate"].startswith("Basic realm=")
        return error.reason
    return None


def media_urls_are_handled_safely(url: str) -> None:
    """Credentials go to nobody else, and a name stays in its directory."""
    _only_bandwidth_sees_credentials(url)
    _every_name_is_safe(url)
    (message,) = [
        parsed.message
        for parsed in parse_callback([event(message__media=[url])])
        if isinstance(parsed, BaseMessageEvent)
    ]
    assert attachments(message) in {message.media, ()}


def _only_bandwidth_sees_credentials(url: str) -> None:
    """As browsers read URLs (WHATWG): what is accepted goes to Bandwidth's host there too."""
    if is_bandwidth_media(url):
        parsed = Url(re.sub("[\ud800-\udfff]", "\ufffd", url))  # so do browsers, too
        assert (parsed.scheme, parsed.host, parsed.port) == ("https", MEDIA_HOST, 443)
        assert (parsed.username, parsed.password) == (None, None)


def _every_name_is_safe(url: str) -> None:
    safe = safe_filename(url)
    assert safe
    assert not safe.startswith((".", "-"))
    assert not set(safe) & set('/\\:*?"<>| ')
    assert not any(unicodedata.category(character).startswith("C") for character in safe)
    assert PureWindowsPath(safe).stem.partition(".")[0].lower() not in {"con", "aux", "com1"}
    assert len(safe.encode()) <= 200
    # What is short enough not to be cut is left as it is.
    assert len(safe.encode()) > 180 or safe_filename(f"https://{MEDIA_HOST}/{safe}") == safe
