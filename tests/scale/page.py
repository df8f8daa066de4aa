"""The page with the figures, of which commands write parts."""

import platform
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Final

import psutil

from .databases import PostgreSQL

PAGE: Final = Path(__file__).parents[2] / "docs/scaling.md"
_PACKAGES: Final = ("sqlalchemy", "psycopg", "starlette", "uvicorn")


def write(command: str, lines: Iterable[str], page: Path = PAGE) -> None:
    """Write lines between the two marks of a command."""
    begin, end = f"<!-- `{command}` writes from here … -->", f"<!-- … to here: `{command}` -->"
    before, _, rest = page.read_text(encoding="utf-8").partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise ValueError(f"{page.name} has no marks of {command}")
    text = "\n".join([begin, "", *lines, "", end])
    page.write_text(f"{before}{text}{after}", encoding="utf-8")


def circumstances(*others: str) -> str:
    """Name the software and the machine that the figures were measured with."""
    packages = [f"{name} {version(name)}" for name in _PACKAGES]
    python = f"Python {platform.python_version()}"
    software = ", ".join([python, *others, PostgreSQL.version(), *packages])
    return f"Measured with {software}, on {psutil.cpu_count()} shared processors."
