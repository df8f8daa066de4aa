"""Measure, and write the figures into the documentation."""

import platform
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final

import psutil

from .applications import DURABLE, Kind
from .broker_growth import broker_growth
from .brokers import RabbitMQ
from .databases import PostgreSQL
from .growth import growth
from .soak import soak

PAGE: Final = Path(__file__).parents[2] / "docs/scaling.md"
_BEGIN: Final = "<!-- `make scale SCALE={}` writes from here … -->"
_END: Final = "<!-- … to here -->"
_DURABLE: Final = "--record"
_BROKER: Final = "'4000 --record --kind rabbitmq --kind celery'"
_SEED: Final = 14


def record(page: Path, callbacks: int, kinds: Sequence[Kind]) -> bool:
    """Measure, and write between the page's marks; return whether nothing was lost."""
    durable: list[Kind] = [kind for kind in kinds if kind in DURABLE]
    behind: list[Kind] = [kind for kind in kinds if kind not in DURABLE]
    engines = [
        PostgreSQL.version(),
        *(f"{name} {version(name)}" for name in ("sqlalchemy", "psycopg")),
    ]
    web = [f"{name} {version(name)}" for name in ("starlette", "uvicorn")]
    is_well = True
    if durable:
        versions = [*engines, *web]
        is_well = _record(page, _DURABLE, versions, durable, callbacks, growth)
    if behind and is_well:
        clients = [f"{name} {version(name)}" for name in ("aio-pika", "celery", "kombu")]
        versions = [RabbitMQ.version(), *clients, *engines, *web]
        is_well = _record(page, _BROKER, versions, behind, callbacks, broker_growth)
    return is_well


def _record(  # noqa: PLR0913, PLR0917  # what differs between the two applications
    page: Path,
    words: str,
    versions: Sequence[str],
    kinds: Sequence[Kind],
    callbacks: int,
    rows: Callable[[Kind], Iterator[str]],
) -> bool:
    measured = ", ".join([f"Python {platform.python_version()}", *versions])
    lines = [f"Measured with {measured}, on {psutil.cpu_count()} shared processors.", ""]
    for kind in kinds:
        result = soak(kind, callbacks, _SEED)
        if result.difference is not None:
            print(f"  DIFFERENCE: {result.difference}")
            return False
        lines.append(f"- {kind}: {result.figures}")
    lines += [
        "",
        "Bodies that workers handle in a second, from a full inbox or queue to an empty one:",
        "",
        "| kind | bodies in a batch | one worker | two workers |",
        "|---|--:|--:|--:|",
        *(row for kind in kinds for row in rows(kind)),
    ]
    begin = _BEGIN.format(words)
    before, _, rest = page.read_text(encoding="utf-8").partition(begin)
    _, _, after = rest.partition(_END)
    text = "\n".join([begin, "", *lines, "", _END])
    page.write_text(f"{before}{text}{after}", encoding="utf-8")
    print("\n".join(lines))
    return True
