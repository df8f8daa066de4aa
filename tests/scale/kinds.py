"""The applications under test, by name, and the database of each."""

from pathlib import Path
from random import Random
from typing import Final, Literal, TypeAlias, get_args

from .databases import Database, PostgreSQL, SQLite

DurableKind: TypeAlias = Literal["sqlite", "postgresql"]
BrokerKind: TypeAlias = Literal["rabbitmq", "celery", "cluster"]
Kind: TypeAlias = Literal[DurableKind, BrokerKind]
DURABLE: Final[tuple[DurableKind, ...]] = get_args(DurableKind)
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
BROKER: Final[tuple[BrokerKind, ...]] = ("rabbitmq", "celery")
"""A cluster needs more than two processors, so that it is tried only if it is asked for."""


def build(kind: Kind, folder: Path, random: Random) -> Database:
    """Build the database of an application with its data in a folder, and do not start it."""
    return SQLite(folder) if kind == "sqlite" else PostgreSQL(folder, random)
