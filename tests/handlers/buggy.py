"""Handlers with exactly one bug each, as they were found in public code.

Each is the correct handler but for what it overrides.
"""

import hashlib
import re

from bandwidth_events import BaseMessageEvent, Event, InboundEvent, StatusEvent, UnknownEvent
from bandwidth_events.media import attachments

from .correct import Handler


class OnlyFirstEvent(Handler):
    """It takes the callback for one event."""

    def parse(self, body: bytes) -> tuple[int, list[Event]]:
        status, events = super().parse(body)
        return status, events[:1]


class OnlyLastEvent(Handler):
    """It overwrites what it has read with what it reads next."""

    def parse(self, body: bytes) -> tuple[int, list[Event]]:
        status, events = super().parse(body)
        return status, events[-1:]


class DropsGoodEvents(Handler):
    """It refuses the good events of a body along with the malformed one."""

    def parse(self, body: bytes) -> tuple[int, list[Event]]:
        status, events = super().parse(body)
        return status, events if status == 204 else []


class TextTakenForGranted(Handler):
    """It indexes what may be absent."""

    def file(self, event: InboundEvent) -> None:
        _ = event.model_dump(exclude_unset=True)["message"]["text"]
        super().file(event)


class UnknownTypeNotExpected(Handler):
    """It looks every type up in a table."""

    def handle(self, event: Event) -> None:
        if isinstance(event, UnknownEvent):
            raise KeyError(event.raw_type)
        super().handle(event)


class ReplyToItself(Handler):
    """It answers whatever comes, its own messages too."""

    def reply(self, event: BaseMessageEvent) -> None:
        super().reply(event)
        if isinstance(event, StatusEvent):
            self.store.execute(
                "INSERT INTO replies VALUES (?, ?)", [event.our_number, event.counterparty]
            )


class OneKeyForAGroup(Handler):
    """It takes type and `message.id` for an event's identity."""

    def key(self, event: BaseMessageEvent) -> str:
        return f"{event.type} {event.message.id}"


class KeyOfTheBody(Handler):
    """It takes the bytes of the body for an event's identity."""

    body = b""

    def callback(self, body: bytes) -> int:
        self.body = body
        return super().callback(body)

    def key(self, event: BaseMessageEvent) -> str:
        return f"{hashlib.sha256(self.body).hexdigest()} {event.dedupe_key}"


class NoKey(Handler):
    """It handles again what comes again."""

    def is_new(self, event: BaseMessageEvent) -> bool:  # noqa: ARG002  # it does not look
        return True


class LastStatusWins(Handler):
    """It believes that events arrive in the order in which they happen."""

    def update(self, event: StatusEvent) -> None:
        self.store.execute(
            "INSERT OR REPLACE INTO statuses VALUES (?, ?, ?)",
            [event.message.id, event.to, event.stage],
        )


class SwallowedException(Handler):
    """It answers that all is well, whatever happens."""

    def callback(self, body: bytes) -> int:
        try:
            return super().callback(body)
        except Exception:  # noqa: BLE001  # the bug
            return 200


class FirstRecipientIsUs(Handler):
    """It takes the first recipient for its own number."""

    def file(self, event: InboundEvent) -> None:
        super().file(event.model_copy(update={"to": event.message.to[0]}))


class PhoneNumbersOnly(Handler):
    """It validates senders and recipients as E.164."""

    def handle(self, event: Event) -> None:
        if isinstance(event, BaseMessageEvent):
            for address in (event.message.from_, event.to):
                if not re.fullmatch(r"\+[1-9][0-9]{6,14}", address):
                    raise ValueError("not a phone number")
        super().handle(event)


class CredentialsForEverybody(Handler):
    """It sends the API's credentials wherever a media URL leads."""

    def download(self, event: BaseMessageEvent) -> None:
        for url in attachments(event.message):
            self.store.execute("INSERT INTO downloads VALUES (?, ?)", [url, True])
