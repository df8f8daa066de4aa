"""Measure, and write the figures into the documentation."""

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Final

from .broker_drain import broker_drain
from .brokers import RabbitMQ
from .drain import drain
from .kinds import BROKER, DURABLE, Kind
from .meter import require_calm
from .page import circumstances, write
from .soak import soak

COMMANDS: Final[Mapping[tuple[int, tuple[Kind, ...]], str]] = {
    (2_000, DURABLE): "make scale SCALE=--record",
    (4_000, BROKER): "make scale SCALE='4000 --record --kind rabbitmq --kind celery'",
}
"""The commands whose figures the page holds, by the number of callbacks and the kinds."""

_SEED: Final = 14


def record(page: Path, callbacks: int, kinds: tuple[Kind, ...]) -> bool:
    """Measure, and write between the page's marks; return whether nothing was lost."""
    if kinds == BROKER:
        clients = [f"{name} {version(name)}" for name in ("aio-pika", "celery", "kombu")]
        measured, rows = circumstances(RabbitMQ.version(), *clients), broker_drain
    else:
        measured, rows = circumstances(), drain
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
    write(COMMANDS[callbacks, kinds], lines, page)
    print("\n".join(lines))
    return True
