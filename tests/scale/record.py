"""Measure, and write the figures into the documentation."""

from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final

from .broker_growth import broker_growth
from .brokers import RabbitMQ
from .growth import growth
from .kinds import DURABLE, Kind
from .meter import require_calm
from .page import circumstances, write
from .soak import soak

_DURABLE: Final = "--record"
_BROKER: Final = "'4000 --record --kind rabbitmq --kind celery'"
_SEED: Final = 14


def record(page: Path, callbacks: int, kinds: Sequence[Kind]) -> bool:
    """Measure, and write between the page's marks; return whether nothing was lost."""
    durable: list[Kind] = [kind for kind in kinds if kind in DURABLE]
    behind: list[Kind] = [kind for kind in kinds if kind not in DURABLE]
    if durable and not _record(page, _DURABLE, circumstances(), durable, callbacks, growth):
        return False
    if not behind:
        return True
    clients = [f"{name} {version(name)}" for name in ("aio-pika", "celery", "kombu")]
    measured = circumstances(RabbitMQ.version(), *clients)
    return _record(page, _BROKER, measured, behind, callbacks, broker_growth)


def _record(  # noqa: PLR0913, PLR0917  # what differs between the two applications
    page: Path,
    words: str,
    measured: str,
    kinds: Sequence[Kind],
    callbacks: int,
    rows: Callable[[Kind], Iterator[str]],
) -> bool:
    lines = [measured, ""]
    for kind in kinds:
        require_calm()
        result = soak(kind, callbacks, _SEED)
        if result.differences:
            print("\n".join(f"  DIFFERENCE: {each}" for each in result.differences))
            return False
        lines.append(f"- {kind}: {result.figures}")
    lines += [
        "",
        "Bodies per second, while workers empty a full inbox or queue:",
        "",
        "| kind | bodies in a batch | one worker | two workers |",
        "|---|--:|--:|--:|",
        *(row for kind in kinds for row in rows(kind)),
    ]
    write(f"make scale SCALE={words}", lines, page)
    print("\n".join(lines))
    return True
