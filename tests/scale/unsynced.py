"""The recipe's processes, with commits that are answered and not yet on the disk.

``python -m scale.unsynced``, and ``scale.unsynced:create_app``.
"""

import sys
from typing import Any

import durable.database
from durable.__main__ import main
from durable.web import create_app

__all__ = ["create_app"]


def _configure(connection: Any, _: object) -> None:  # noqa: ANN401  # the driver's
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")


def _plant() -> None:
    assert hasattr(durable.database, "_configure")
    durable.database._configure = _configure
    options = durable.database._POSTGRESQL
    strict = str(options["options"])
    options["options"] = strict.replace("synchronous_commit=on", "synchronous_commit=off")
    assert options["options"] != strict


_plant()

if __name__ == "__main__":
    sys.exit(main())
