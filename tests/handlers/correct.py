"""A correct handler: it files texts, replies, and tracks its own messages."""

import sqlite3
import weakref
from collections.abc import Mapping
from threading import Lock

from bandwidth_events import (
    BaseMessageEvent,
    BasicCredentials,
    CallbackError,
    DeliveryStage,
    Event,
    InboundEvent,
    InboundMessageEvent,
    Message,
    MessageFailedEvent,
    StatusEvent,
    UnknownEvent,
    parse_callback,
    verify_basic_auth,
)
from bandwidth_events.media import attachments, is_bandwidth_media

CREDENTIALS = BasicCredentials("bandwidth", "correct: höre battery staple")


class Handler:
    """The handler of one application, with its own store."""

    # For the tests: how the server treats this handler.
    threads = 1
    # Whether it reads Content-Length bytes, and thus no chunked body.
    goes_by_length = False
    lets_go_on = True  # whether it answers 100 Continue

    def __init__(self) -> None:
        # Any thread may collect the connection.
        self.store = sqlite3.connect(":memory:", check_same_thread=False)
        weakref.finalize(self, self.store.close)  # or Python 3.13 warns
        # Threads that share a connection share its transaction.
        self.transaction = Lock()
        self.store.executescript(
            """
            CREATE TABLE seen (key TEXT PRIMARY KEY);
            CREATE TABLE texts (id TEXT, number TEXT, sender TEXT, text TEXT);
            CREATE TABLE replies (sender TEXT, recipient TEXT);
            CREATE TABLE downloads (url TEXT, with_credentials INTEGER);
            CREATE TABLE opt_outs (
                number TEXT, person TEXT, UNIQUE (number, person)
            );
            CREATE TABLE statuses (
                id TEXT, recipient TEXT, stage INTEGER,
                PRIMARY KEY (id, recipient)
            );
            """
        )

    def request(
        self,
        authorization: str | None,
        body: bytes,
    ) -> tuple[int, Mapping[str, str]]:
        """Answer a request with a status and headers."""
        try:
            verify_basic_auth(authorization, CREDENTIALS)
        except CallbackError as error:
            return error.status_code, error.headers
        return self.callback(body), {}

    def callback(self, body: bytes) -> int:
        """Answer a request of Bandwidth; the framework answers 500."""
        status, events = self.parse(body)
        for event in events:
            self.handle(event)
        return status

    def parse(self, body: bytes) -> tuple[int, list[Event]]:
        """Return the status to answer, and the events to handle first."""
        try:
            return 204, parse_callback(body)
        except CallbackError as error:
            return error.status_code, error.events

    def handle(self, event: Event) -> None:
        """Handle an event once; skip unknown types and duplicates."""
        if isinstance(event, UnknownEvent):
            return
        # One transaction: a failure undoes everything, the key included.
        with self.transaction, self.store:
            if not self.is_new(event):
                return
            self.download(event)
            self.reply(event)
            self.note_opt_out(event)
            if isinstance(event, InboundEvent):
                self.file(event)
            else:
                self.update(event)

    def is_new(self, event: BaseMessageEvent) -> bool:
        """Claim the event's key: of two at the same moment, one succeeds."""
        added = self.store.execute(
            "INSERT OR IGNORE INTO seen VALUES (?)",
            [self.key(event)],
        )
        return added.rowcount == 1

    def key(self, event: BaseMessageEvent) -> str:
        return event.dedupe_key

    def file(self, event: InboundEvent) -> None:
        self.store.execute(
            "INSERT INTO texts VALUES (?, ?, ?, ?)",
            [
                event.message.id,
                event.our_number,
                event.counterparty,
                self.text(event),
            ],
        )

    def text(self, event: InboundEvent) -> str:
        return event.text if isinstance(event, InboundMessageEvent) else ""

    def reply(self, event: BaseMessageEvent) -> None:
        if isinstance(event, InboundMessageEvent):
            self.store.execute(
                "INSERT INTO replies VALUES (?, ?)",
                [event.our_number, event.counterparty],
            )

    def download(self, event: BaseMessageEvent) -> None:
        for url in self.attachments(event):
            self.store.execute(
                "INSERT INTO downloads VALUES (?, ?)",
                [url, is_bandwidth_media(url)],
            )

    def attachments(self, event: BaseMessageEvent) -> tuple[str, ...]:
        return attachments(event.message)

    def note_opt_out(self, event: BaseMessageEvent) -> None:
        if self.is_opt_out(event):
            self.store.execute(
                "INSERT OR IGNORE INTO opt_outs VALUES (?, ?)",
                [event.our_number, event.counterparty],
            )

    def is_opt_out(self, event: BaseMessageEvent) -> bool:
        if isinstance(event, MessageFailedEvent):
            return event.error is not None and event.error.is_opt_out
        if not isinstance(event, InboundMessageEvent):
            return False
        return event.keyword == "stop"

    def sent(self, message: Message) -> None:
        """Store a message that the API has accepted.

        A receipt may have arrived before.
        """
        with self.store:
            self.store.executemany(
                "INSERT OR IGNORE INTO statuses VALUES (?, ?, 0)",
                [(message.id, recipient) for recipient in message.to],
            )

    def update(self, event: StatusEvent) -> None:
        self.store.execute(
            "INSERT INTO statuses VALUES (?, ?, ?)"
            " ON CONFLICT DO UPDATE SET stage = max(stage, excluded.stage)",
            [event.message.id, event.to, self.stage(event)],
        )

    def stage(self, event: StatusEvent) -> DeliveryStage:
        return event.stage
