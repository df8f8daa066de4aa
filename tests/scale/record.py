"""Measure, and write the figures into the documentation."""

import platform
from importlib.metadata import version
from pathlib import Path
from typing import Final, get_args

import psutil

from .databases import PostgreSQL
from .growth import growth
from .soak import Kind, soak

PAGE: Final = Path(__file__).parents[2] / "docs/scaling.md"
_BEGIN: Final = "<!-- `make scale SCALE=--record` writes from here … -->"
_END: Final = "<!-- … to here -->"
_SEED: Final = 14
_PACKAGES: Final = ("sqlalchemy", "psycopg", "starlette", "uvicorn")


def record(page: Path, callbacks: int) -> bool:
    """Measure, and write between the page's two marks; return whether nothing was lost."""
    kinds: tuple[Kind, ...] = get_args(Kind)
    lines = [f"Measured with {_versions()}, on {psutil.cpu_count()} shared processors.", ""]
    for kind in kinds:
        result = soak(kind, callbacks, _SEED)
        if result.difference is not None:
            print(f"  DIFFERENCE: {result.difference}")
            return False
        lines.append(f"- {kind}: {result.figures}")
    lines += [
        "",
        "Bodies that workers handle in a second, from a full inbox to an empty one:",
        "",
        "| database | bodies in a batch | one worker | two workers |",
        "|---|--:|--:|--:|",
        *(row for kind in kinds for row in growth(kind)),
    ]
    before, _, rest = page.read_text(encoding="utf-8").partition(_BEGIN)
    _, _, after = rest.partition(_END)
    text = "\n".join([_BEGIN, "", *lines, "", _END])
    page.write_text(f"{before}{text}{after}", encoding="utf-8")
    print("\n".join(lines))
    return True


def _versions() -> str:
    packages = [f"{name} {version(name)}" for name in _PACKAGES]
    return f"Python {platform.python_version()}, {PostgreSQL.version()}, {', '.join(packages)}"
