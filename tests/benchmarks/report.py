"""Write the tables as Markdown that is also readable on a terminal."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from .bars import BARS, Figure
from .sections import Section

_BEGIN = "<!-- `make bench` writes from here … -->"
_END = "<!-- … to here -->"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Align a table. All columns except the first contain numbers."""
    lines = [header, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    rule = [f"{'-' * (width - 1)}{':' if column else '-'}" for column, width in enumerate(widths)]
    return "\n".join(
        "| "
        + " | ".join(
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        + " |"
        for line in (lines[0], rule, *lines[1:])
    )


def summary(figures: Mapping[str, Figure]) -> str:
    """Write a table of the figures and their bars."""
    return table(
        ["figure", "bar", "measured", "worst case"],
        [
            [bar.what, str(bar), f"{figures[key]} {bar.unit}".rstrip(), figures[key].of]
            for key, bar in BARS.items()
            if key in figures
        ],
    )


def render(section: Section) -> str:
    """Return a section as text."""
    return f"### {section.title}\n\n{_contents(section)}"


def folded(section: Section) -> str:
    """Return a section as a page shows it: only its title, until a reader opens it."""
    summary = f"<summary>{section.title}</summary>"
    return f"<details>\n{summary}\n\n{_contents(section)}\n\n</details>"


def _contents(section: Section) -> str:
    return f"{section.prose}\n\n{table(section.header, section.rows)}"


def replace(page: Path, text: str) -> None:
    """Replace the text between the page's two marks."""
    before, _, rest = page.read_text(encoding="utf-8").partition(_BEGIN)
    _, _, after = rest.partition(_END)
    page.write_text(f"{before}{_BEGIN}\n\n{text}\n\n{_END}{after}", encoding="utf-8")
