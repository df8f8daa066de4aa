"""Properties that hold for any input, for Hypothesis and for the fuzzer.

Each function accepts any input and fails with an `AssertionError`, or with an exception
that the library should never raise.
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
    """Promise 1: a list of events, or `CallbackParseError` with the well-formed events.

    Promise 2: the events survive a round trip.
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
    """Every event can be stored, compared and logged, and has an identity."""
    assert len(parsed.dedupe_key) == 64
    assert parsed.dedupe_key == twin.dedupe_key
    assert hash(parsed) == hash(twin) or parsed != twin  # NaN is not equal to itself
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
    """The events and the errors are the same for every form of the body."""
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
        # Compare encoded events, because NaN is not equal to itself.
        return encode_callback(parse_callback(body)), ()  # type: ignore[arg-type]  # it checks
    except CallbackParseError as error:
        return encode_callback(error.events), error.errors


def authentication_is_total(header: bytes) -> None:
    """Promise 1: `None`, or `BasicAuthError`; and `None` only for accepted credentials.

    Frameworks that decode the header as Latin-1 get the same result.
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
    """Credentials go only to Bandwidth, and a file name stays in its directory."""
    _only_bandwidth_sees_credentials(url)
    _every_name_is_safe(url)
    (message,) = [
        parsed.message
        for parsed in parse_callback([event(message__media=[url])])
        if isinstance(parsed, BaseMessageEvent)
    ]
    assert attachments(message) in {message.media, ()}


def _only_bandwidth_sees_credentials(url: str) -> None:
    """Browsers (WHATWG) also resolve every accepted URL to Bandwidth's host."""
    if is_bandwidth_media(url):
        parsed = Url(re.sub("[\ud800-\udfff]", "\ufffd", url))  # as in browsers
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
    # Names that are short enough are not cut.
    assert len(safe.encode()) > 180 or safe_filename(f"https://{MEDIA_HOST}/{safe}") == safe
