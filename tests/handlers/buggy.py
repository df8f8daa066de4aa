"""Handlers with exactly one bug each, as found in public code.

Each is the correct handler except for the methods that it overrides.
"""

import hashlib
import re

from bandwidth_events import (
    BaseMessageEvent,
    DeliveryStage,
    Event,
    InboundEvent,
    InboundMessageEvent,
    MessageFailedEvent,
    StatusEvent,
    UnknownEvent,
)

from .correct import Handler


class OnlyFirstEvent(Handler):
    """It handles only the first event of a callback."""

    def parse(self, body: bytes) -> tuple[int, list[Event]]:
        status, events = super().parse(body)
        return status, events[:1]


class OnlyLastEvent(Handler):
    """It handles only the last event of a callback."""

    def parse(self, body: bytes) -> tuple[int, list[Event]]:
        status, events = super().parse(body)
        return status, events[-1:]


class DropsGoodEvents(Handler):
    """It rejects the well-formed events of a body along with the malformed one."""

    def parse(self, body: bytes) -> tuple[int, list[Event]]:
        status, events = super().parse(body)
        return status, events if status == 204 else []


class TextTakenForGranted(Handler):
    """It reads an optional key as if it were always present."""

    def file(self, event: InboundEvent) -> None:
        _ = event.model_dump(exclude_unset=True)["message"]["text"]
        super().file(event)


class UnknownTypeNotExpected(Handler):
    """It looks up every type in a table of known types."""

    def handle(self, event: Event) -> None:
        if isinstance(event, UnknownEvent):
            raise KeyError(event.raw_type)
        super().handle(event)


class ReplyToItself(Handler):
    """It replies to every event, even to those of its own messages."""

    def reply(self, event: BaseMessageEvent) -> None:
        super().reply(event)
        if isinstance(event, StatusEvent):
            self.store.execute(
                "INSERT INTO replies VALUES (?, ?)", [event.our_number, event.counterparty]
            )


class OneKeyForAGroup(Handler):
    """It identifies an event by its type and `message.id`."""

    def key(self, event: BaseMessageEvent) -> str:
        return f"{event.type} {event.message.id}"


class KeyOfTheBody(Handler):
    """It identifies an event by the bytes of the body."""

    body = b""

    def callback(self, body: bytes) -> int:
        self.body = body
        return super().callback(body)

    def key(self, event: BaseMessageEvent) -> str:
        return f"{hashlib.sha256(self.body).hexdigest()} {event.dedupe_key}"


class NoKey(Handler):
    """It does not detect duplicates."""

    def is_new(self, event: BaseMessageEvent) -> bool:  # noqa: ARG002  # the bug
        return True


class LastStatusWins(Handler):
    """It assumes that events arrive in chronological order."""

    def update(self, event: StatusEvent) -> None:
        self.store.execute(
            "INSERT OR REPLACE INTO statuses VALUES (?, ?, ?)",
            [event.message.id, event.to, event.stage],
        )


class SwallowedException(Handler):
    """It swallows every exception and answers 2xx."""

    def callback(self, body: bytes) -> int:
        try:
            return super().callback(body)
        except Exception:  # noqa: BLE001  # the bug
            return 200


class FirstRecipientIsUs(Handler):
    """It assumes that the first recipient is its own number."""

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
    """It sends the API's credentials to every media URL."""

    def download(self, event: BaseMessageEvent) -> None:
        for url in self.attachments(event):
            self.store.execute("INSERT INTO downloads VALUES (?, ?)", [url, True])


class StoreWithoutNul(Handler):
    """Its store rejects U+0000, as PostgreSQL does."""

    def file(self, event: InboundEvent) -> None:
        if "\0" in self.text(event):
            raise ValueError("invalid byte sequence for encoding UTF8: 0x00")
        super().file(event)


class SeenBeforeWork(Handler):
    """It commits the event's key before it does the work."""

    def is_new(self, event: BaseMessageEvent) -> bool:
        is_new = super().is_new(event)
        self.store.commit()
        return is_new


class CutsLongTexts(Handler):
    """It stores texts in a column of ten segments' length."""

    def text(self, event: InboundEvent) -> str:
        return super().text(event)[:1600]


class OnlyStoredMessages(Handler):
    """It updates stored messages, and ignores receipts for messages that it has not stored yet."""

    def update(self, event: StatusEvent) -> None:
        self.store.execute(
            "UPDATE statuses SET stage = max(stage, ?) WHERE id = ? AND recipient = ?",
            [event.stage, event.message.id, event.to],
        )


class TextOfSmsOnly(Handler):
    """It reads only the text of SMS, and stores an empty text for RBM."""

    def text(self, event: InboundEvent) -> str:
        return event.message.text or ""


class ExpiredReceiptIsFailure(Handler):
    """It treats every message-failed as a failure, even with code 9902."""

    def stage(self, event: StatusEvent) -> DeliveryStage:
        return DeliveryStage.FAILED if event.type == "message-failed" else super().stage(event)


class TwoAttachments(Handler):
    """It stores at most two attachments."""

    def attachments(self, event: BaseMessageEvent) -> tuple[str, ...]:
        return super().attachments(event)[:2]


class OneCodeForOptOuts(Handler):
    """It recognises only one of the error codes for opt-outs."""

    def is_opt_out(self, event: BaseMessageEvent) -> bool:
        if isinstance(event, MessageFailedEvent):
            return event.error_code == 4775
        return super().is_opt_out(event)


class OneSpellingForOptOuts(Handler):
    """It recognises only the opt-out keyword STOP."""

    def is_opt_out(self, event: BaseMessageEvent) -> bool:
        if isinstance(event, InboundMessageEvent):
            return event.text.strip().upper() == "STOP"
        return super().is_opt_out(event)
