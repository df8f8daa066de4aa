"""The tables. Migrations create them; `alembic revision --autogenerate` compares with these."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, DateTime, Index, Integer, LargeBinary, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

_ID = BigInteger().with_variant(Integer, "sqlite")  # the only type that SQLite counts up
_TIME = DateTime(timezone=True)


class Base(DeclarativeBase):
    pass


class Inbox(Base):
    """Bodies that were answered with 204 and are not handled yet."""

    __tablename__ = "inbox"

    id: Mapped[int] = mapped_column(_ID, primary_key=True)
    received: Mapped[datetime] = mapped_column(_TIME)
    body: Mapped[bytes] = mapped_column(LargeBinary)  # not text: nobody has checked it yet
    is_replayed: Mapped[bool]


class DeadLetter(Base):
    """Bodies of which a part, at least, could not be handled."""

    __tablename__ = "dead_letters"

    id: Mapped[int] = mapped_column(_ID, primary_key=True)
    received: Mapped[datetime] = mapped_column(_TIME)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    reasons: Mapped[list[list[str]]] = mapped_column(JSON)  # pairs of a code and a text


class HandledEvent(Base):
    """Every event that has taken effect, once. Keep it for longer than 24 hours."""

    __tablename__ = "events"

    dedupe_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    handled: Mapped[datetime] = mapped_column(_TIME)
    document: Mapped[bytes] = mapped_column(LargeBinary)  # JSON, of unknown types too


class Text(Base):
    """What people wrote."""

    __tablename__ = "texts"

    id: Mapped[int] = mapped_column(_ID, primary_key=True)
    message_id: Mapped[str]
    our_number: Mapped[str]
    counterparty: Mapped[str]
    text: Mapped[str]


class Status(Base):
    """How far each message has come on its way to each recipient."""

    __tablename__ = "statuses"

    message_id: Mapped[str] = mapped_column(primary_key=True)
    recipient: Mapped[str] = mapped_column(primary_key=True)
    stage: Mapped[int]
    error_code: Mapped[int | None] = mapped_column(BigInteger)


class OptOut(Base):
    """Who has opted out of messages from which number, or in again."""

    __tablename__ = "opt_outs"

    our_number: Mapped[str] = mapped_column(primary_key=True)
    counterparty: Mapped[str] = mapped_column(primary_key=True)
    time: Mapped[datetime] = mapped_column(_TIME)
    is_opted_out: Mapped[bool]


Index("inbox_received", Inbox.received)  # the age of the oldest, for an alert
