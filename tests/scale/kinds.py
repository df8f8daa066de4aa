"""The databases under which the recipe `durable` runs here, by name."""

from pathlib import Path
from random import Random
from typing import Final, Literal, TypeAlias, get_args

from .databases import Database, PostgreSQL, SQLite

Kind: TypeAlias = Literal["sqlite", "postgresql"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)


def build(kind: Kind, folder: Path, random: Random) -> Database:
    """Build a database with its data in a folder, and do not start it."""
    return SQLite(folder) if kind == "sqlite" else PostgreSQL(folder, random)
