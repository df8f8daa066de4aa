"""Count what is in the database, for people and for alerts."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import NamedTuple

from sqlalchemy import Engine, func, select

from bandwidth_events import DeliveryStage

from .database import aware, reading
from .dead_letters import letters
from .retention import limit
from .tables import HandledEvent, Inbox, OptOut, Status, Text


class Figures(NamedTuple):
    """Numbers about the database, without private data."""

    inbox: int
    oldest_seconds: float
    """The age of the oldest body in the inbox. Alert on this age: it grows if no worker works."""

    events: int
    old_events: int
    """How many of them `retention.prune` would delete."""

    texts: int
    opt_outs: int
    stages: Mapping[str, int]
    """The number of messages by stage, counted once for each recipient."""

    dead_letters: Mapping[str, int]
    """The number of bodies by the code of the first reason."""


def figures(engine: Engine) -> Figures:
    """Query the numbers."""
    with reading(engine).connect() as connection:
        bodies, oldest = connection.execute(
            select(func.count(), func.min(Inbox.received)).select_from(Inbox)
        ).one()
        events, texts, opt_outs = (
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (HandledEvent, Text, OptOut)
        )
        old_events = connection.execute(
            select(func.count()).where(HandledEvent.handled < limit(connection))
        ).scalar_one()
        stages = connection.execute(
            select(Status.stage, func.count()).group_by(Status.stage).order_by(Status.stage)
        ).all()
    return Figures(
        bodies,
        _age(oldest),
        events,
        old_events,
        texts,
        opt_outs,
        {DeliveryStage(stage).name: number for stage, number in stages},
        Counter(letter.reasons[0].code for letter in letters(engine)),
    )


def _age(time: datetime | None) -> float:
    if time is None:
        return 0.0
    return round((datetime.now(timezone.utc) - aware(time)).total_seconds(), 1)
