"""Run the examples of the README and the documentation."""

import sys
from functools import cache
from pathlib import Path
from typing import Any

from bodies import ROOT
from handlers import correct
from hypothesis import Phase, settings
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser

DOCS = ROOT / "docs"
PAGES = [
    ROOT / "README.md",
    *(page for page in sorted(DOCS.rglob("*.md")) if DOCS / "_build" not in page.parents),
]

# As usual, but with the same examples each time and without Hypothesis' explanations, which trace
# every line to add a note to a failure.
DERANDOMISED = settings(
    derandomize=True, database=None, phases=set(settings().phases) - {Phase.explain}
)
# `make exhaustive` tries a hundred examples of the properties of a page.
settings.register_profile("page", DERANDOMISED, max_examples=25)


sys.modules["handler"] = correct  # the name under which the reader of docs/testing.md saves it


@cache
def run(page: Path) -> dict[str, Any]:
    """Run the examples of a page once, and return the names that they define."""
    document = Sybil([PythonCodeBlockParser()]).parse(page)
    settings.register_profile("usual", settings.default)
    settings.load_profile("page")
    try:
        for example in document:
            example.evaluate()
    finally:
        settings.load_profile("usual")
    namespace: dict[str, Any] = document.namespace
    return namespace
