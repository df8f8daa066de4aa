"""Handlers with exactly one bug each that an endpoint check can find."""

import hmac
import json
import sqlite3
import time
from base64 import b64decode
from collections.abc import Mapping
from urllib.parse import quote

from bandwidth_events import (
    BaseMessageEvent,
    BasicAuthError,
    BasicCredentials,
    Event,
    InboundEvent,
    MessageReadEvent,
    StatusEvent,
    UnknownEvent,
)

from .buggy import KeyOfTheBody, NoKey
from .correct import CREDENTIALS, Handler

CHALLENGE = BasicAuthError("rejected").headers


class RefusesUnknownTypes(Handler):
    """It answers an unknown type with a client error."""

    def callback(self, body: bytes) -> int:
        status, events = self.parse(body)
        if any(isinstance(event, UnknownEvent) for event in events):
            return 422
        return super().callback(body) if status == 204 else status


class NoChallenge(Handler):
    """It answers 401 without a challenge."""

    def request(self, authorization: str | None, body: bytes) -> tuple[int, Mapping[str, str]]:
        status, _ = super().request(authorization, body)
        return status, {}


class BehindAProxyThatStrips(Handler):
    """Its proxy removes the Authorization header."""

    def request(self, authorization: str | None, body: bytes) -> tuple[int, Mapping[str, str]]:
        del authorization
        return super().request(None, body)


class BehindAGatewayThatRenames(Handler):
    """Its AWS gateway renames the challenge."""

    def request(self, authorization: str | None, body: bytes) -> tuple[int, Mapping[str, str]]:
        status, headers = super().request(authorization, body)
        return status, {f"x-amzn-Remapped-{name}": value for name, value in headers.items()}


class BehindAFirewall(Handler):
    """A firewall answers instead of the handler."""

    def request(self, authorization: str | None, body: bytes) -> tuple[int, Mapping[str, str]]:
        del authorization, body
        return 403, {}


class NoAuthentication(Handler):
    """It accepts every request."""

    def request(self, authorization: str | None, body: bytes) -> tuple[int, Mapping[str, str]]:
        del authorization
        return self.callback(body), {}


class OwnAuthentication(Handler):
    """It checks credentials itself and correctly: the base class of handlers that do not."""

    def request(self, authorization: str | None, body: bytes) -> tuple[int, Mapping[str, str]]:
        if authorization is None:
            return 401, CHALLENGE
        try:
            username, password = self.decode(authorization)
        except ValueError:
            return 401, CHALLENGE
        if not self.accepts(username, password):
            return 401, CHALLENGE
        return self.callback(body), {}

    def decode(self, authorization: str) -> tuple[str, str]:
        scheme, _, encoded = authorization.partition(" ")
        if scheme.lower() != "basic":
            raise ValueError("another scheme")
        username, _, password = b64decode(encoded.strip(), validate=True).decode().partition(":")
        return username, password

    def accepts(self, username: str, password: str) -> bool:
        return (username, password) == (CREDENTIALS.username, CREDENTIALS.password)


class TrustsTheHeader(OwnAuthentication):
    """It decodes the header without handling malformed ones."""

    def request(self, authorization: str | None, body: bytes) -> tuple[int, Mapping[str, str]]:
        if authorization is not None:
            self.decode(authorization)
        return super().request(authorization, body)


class CutsThePassword(OwnAuthentication):
    """It cuts the password at its first colon."""

    credentials = BasicCredentials("bandwidth", "battery staple")

    def decode(self, authorization: str) -> tuple[str, str]:
        username, password = super().decode(authorization)
        return username, password.split(":")[0]

    def accepts(self, username: str, password: str) -> bool:
        return (username, password) == (self.credentials.username, self.credentials.password)


class ComparesText(OwnAuthentication):
    """It compares text in constant time, which raises on non-ASCII text."""

    credentials = BasicCredentials("bandwidth", "battery staple")

    def accepts(self, username: str, password: str) -> bool:
        return hmac.compare_digest(username, self.credentials.username) and hmac.compare_digest(
            password, self.credentials.password
        )


class AnyUsername(OwnAuthentication):
    """It checks only the password."""

    def accepts(self, username: str, password: str) -> bool:
        del username
        return password == CREDENTIALS.password


class AnyPassword(OwnAuthentication):
    """It checks only the user name."""

    def accepts(self, username: str, password: str) -> bool:
        del password
        return username == CREDENTIALS.username


class BodyFirst(Handler):
    """It parses the body before it checks the credentials."""

    def request(self, authorization: str | None, body: bytes) -> tuple[int, Mapping[str, str]]:
        status, _ = self.parse(body)
        return super().request(authorization, body) if status == 204 else (status, {})


class UniqueTexts(Handler):
    """Its table rejects a second text with the same id. Not a bug: this reveals duplicates."""

    def __init__(self) -> None:
        super().__init__()
        self.store.execute("CREATE UNIQUE INDEX unique_texts ON texts (id)")


class HashOfTheBody(KeyOfTheBody, UniqueTexts):
    """It does not recognise a duplicate in different bytes."""


class NoDeduplication(NoKey, UniqueTexts):
    """It does not recognise duplicates."""


class SlowPictures(Handler):
    """It downloads pictures before it answers."""

    @staticmethod
    def is_slow(body: bytes) -> bool:
        return b"https://messaging.bandwidth.com/" in body


class SomeTypes(Handler):
    """It supports only the types before RBM."""

    def handle(self, event: Event) -> None:
        if isinstance(event, MessageReadEvent):
            raise NotImplementedError(event.type)
        super().handle(event)


class OneStatusAMessage(Handler):
    """It stores one delivery per message, but a group has several."""

    def __init__(self) -> None:
        super().__init__()
        self.store.execute("CREATE UNIQUE INDEX unique_statuses ON statuses (id)")

    def update(self, event: StatusEvent) -> None:
        row = [event.message.id, event.to, event.stage]
        self.store.execute("INSERT INTO statuses VALUES (?, ?, ?)", row)


class RefusesUnknownKeys(Handler):
    """It rejects unknown keys."""

    def callback(self, body: bytes) -> int:
        _, events = self.parse(body)
        if any(isinstance(event, BaseMessageEvent) and event.model_extra for event in events):
            return 422
        return super().callback(body)


class OneEventABody(Handler):
    """It unpacks the array as exactly one event."""

    def parse(self, body: bytes) -> tuple[int, list[Event]]:
        status, events = super().parse(body)
        if status == 204:
            (_,) = events
        return status, events


class TrustsJson(Handler):
    """It decodes JSON without handling invalid JSON."""

    def callback(self, body: bytes) -> int:
        json.loads(body)
        return super().callback(body)


class TrustsEvents(Handler):
    """It does not catch the validation error."""

    def callback(self, body: bytes) -> int:
        status = super().callback(body)
        try:
            json.loads(body)
        except (ValueError, RecursionError):
            return status
        if status == 400:
            raise KeyError("message")
        return status


class SmallBodies(Handler):
    """It stores bodies in a column that is too short."""

    def callback(self, body: bytes) -> int:
        if len(body) > 65_536:
            raise ValueError("value too long for type character varying(65536)")
        return super().callback(body)


class RefusesControlCharacters(Handler):
    """Its store rejects U+0000, as PostgreSQL does."""

    def file(self, event: InboundEvent) -> None:
        if "\0" in (event.message.text or ""):
            raise ValueError("A string literal cannot contain NUL (0x00) characters.")
        super().file(event)


class LooksUpThenInserts(Handler):
    """It looks up a key, works, and then inserts the key."""

    threads = 2

    def __init__(self) -> None:
        super().__init__()
        self.done = set[str]()

    def callback(self, body: bytes) -> int:
        status, events = self.parse(body)
        keys = {event.dedupe_key for event in events if isinstance(event, BaseMessageEvent)}
        if keys and keys <= self.done:
            return status
        time.sleep(0.005)  # the work
        if keys & self.done:
            raise sqlite3.IntegrityError("UNIQUE constraint failed: seen.key")
        self.done |= keys
        return status


class GoesByLength(Handler):
    """Its framework reads Content-Length bytes, and nothing from a chunked body."""

    goes_by_length = True


class NeverGoesOn(Handler):
    """Its server rejects Expect: 100-continue."""

    lets_go_on = False


class ShortColumn(Handler):
    """It stores texts in a column of ten segments' length."""

    def file(self, event: InboundEvent) -> None:
        if len(event.message.text or "") > 1_600:
            raise ValueError("value too long for type character varying(1600)")
        super().file(event)


class QuotesTheBody(Handler):
    """It quotes the body in a header that explains the error."""

    def request(self, authorization: str | None, body: bytes) -> tuple[int, Mapping[str, str]]:
        status, headers = super().request(authorization, body)
        return status, {**headers, "X-Error": quote(body[:4096])} if status == 400 else headers
