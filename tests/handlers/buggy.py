"""Handlers with exactly one bug each, as they were found in public code.

Each is the correct handler but for what it overrides.
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
        for url in self.attachments(event):
            self.store.execute("INSERT INTO downloads VALUES (?, ?)", [url, True])


class StoreWithoutNul(Handler):
    """Its store refuses U+0000, as PostgreSQL does."""

    def file(self, event: InboundEvent) -> None:
        if "\0" in self.text(event):
            raise ValueError("invalid byte sequence for encoding UTF8: 0x00")
        super().file(event)


class SeenBeforeWork(Handler):
    """It commits that it has seen an event before it does the work."""

    def is_new(self, event: BaseMessageEvent) -> bool:
        is_new = super().is_new(event)
        self.store.commit()
        return is_new


class CutsLongTexts(Handler):
    """Its column is as long as a text of ten segments."""

    def text(self, event: InboundEvent) -> str:
        return super().text(event)[:1600]


class OnlyStoredMessages(Handler):
    """It updates the messages that it has stored, and ignores receipts for all others."""

    def update(self, event: StatusEvent) -> None:
        self.store.execute(
            "UPDATE statuses SET stage = max(stage, ?) WHERE id = ? AND recipient = ?",
            [event.stage, event.message.id, event.to],
        )


class TextOfSmsOnly(Handler):
    """It reads the text where SMS have it, and files those of RBM empty."""

    def text(self, event: InboundEvent) -> str:
        return event.message.text or ""


class ExpiredReceiptIsFailure(Handler):
    """It counts every message-failed as a failure, code 9902 among them."""

    def stage(self, event: StatusEvent) -> DeliveryStage:
        return DeliveryStage.FAILED if event.type == "message-failed" else super().stage(event)


class TwoAttachments(Handler):
    """It has two columns for attachments."""

    def attachments(self, event: BaseMessageEvent) -> tuple[str, ...]:
        return super().attachments(event)[:2]


class OneCodeForOptOuts(Handler):
    """It knows one of the codes that say that a recipient has opted out."""

    def is_opt_out(self, event: BaseMessageEvent) -> bool:
        if isinstance(event, MessageFailedEvent):
            return event.error_code == 4775
        return super().is_opt_out(event)


class OneSpellingForOptOuts(Handler):
    """It compares the text with one word."""

    def is_opt_out(self, event: BaseMessageEvent) -> bool:
        if isinstance(event, InboundMessageEvent):
            return event.text.strip().upper() == "STOP"
        return super().is_opt_out(event)
