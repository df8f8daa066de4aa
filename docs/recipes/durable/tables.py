"""The tables. Migrations create them; `alembic revision --autogenerate` compares with these."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, DateTime, Index, Integer, LargeBinary, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

_ID = BigInteger().with_variant(Integer, "sqlite")  # SQLite increments no other type
_TIME = DateTime(timezone=True)


class Base(DeclarativeBase):
    pass


class Inbox(Base):
    """Bodies that were acknowledged with 204 but are not handled yet."""

    __tablename__ = "inbox"

    id: Mapped[int] = mapped_column(_ID, primary_key=True)
    received: Mapped[datetime] = mapped_column(_TIME)
    body: Mapped[bytes] = mapped_column(LargeBinary)  # not text, because it is not validated yet
    is_replayed: Mapped[bool]


class DeadLetter(Base):
    """Bodies that could not be handled, in whole or in part. Each is here once."""

    __tablename__ = "dead_letters"

    id: Mapped[int] = mapped_column(_ID, primary_key=True)
    received: Mapped[datetime] = mapped_column(_TIME)
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)  # SHA-256 of the body
    body: Mapped[bytes] = mapped_column(LargeBinary)
    reasons: Mapped[list[list[str]]] = mapped_column(JSON)  # pairs of a code and a text


class HandledEvent(Base):
    """Events that have taken effect. `retention.prune` deletes those that are no longer needed."""

    __tablename__ = "events"

    dedupe_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    handled: Mapped[datetime] = mapped_column(_TIME)
    document: Mapped[bytes] = mapped_column(LargeBinary)  # JSON, also for unknown types


class Text(Base):
    """Inbound texts."""

    __tablename__ = "texts"

    id: Mapped[int] = mapped_column(_ID, primary_key=True)
    message_id: Mapped[str]
    our_number: Mapped[str]
    counterparty: Mapped[str]
    text: Mapped[str]


class Status(Base):
    """The furthest stage of each message for each recipient, and the largest error code there."""

    __tablename__ = "statuses"

    message_id: Mapped[str] = mapped_column(primary_key=True)
    recipient: Mapped[str] = mapped_column(primary_key=True)
    stage: Mapped[int]
    error_code: Mapped[int | None] = mapped_column(BigInteger)


class OptOut(Base):
    """People who opted out of messages from a number, or opted in again."""

    __tablename__ = "opt_outs"

    our_number: Mapped[str] = mapped_column(primary_key=True)
    counterparty: Mapped[str] = mapped_column(primary_key=True)
    time: Mapped[datetime] = mapped_column(_TIME)
    is_opted_out: Mapped[bool]


Index("inbox_received", Inbox.received)  # for the age of the oldest body
