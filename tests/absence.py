"""Simulate missing packages."""

import sys
from importlib.machinery import ModuleSpec

import pytest


class _Missing:
    """Raises for one module, as if it were not installed."""

    def __init__(self, missing: str) -> None:
        self.missing = missing

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        if name == self.missing:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None


def lose(missing: str, *importers: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a module missing for a test.

    Args:
        missing: The module's name.
        importers: Packages that import the module, and have to be imported again.
        monkeypatch: Restores everything.
    """
    packages = (missing.partition(".")[0], *importers)
    for name in list(sys.modules):
        if any(name == package or name.startswith(f"{package}.") for package in packages):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [_Missing(missing), *sys.meta_path])
