"""A recipe's processes with a bug: ``python -m scale.planted``, and ``scale.planted:create_app``.

The environment variable ``SCALE_BUG`` names the bug, ``SCALE_WEB`` the application, and
``SCALE_WORKER`` the package whose commands these are.
"""

import os
import sys
from pkgutil import resolve_name

from starlette.applications import Starlette

from scale.broker_bugs import BROKER_BUGS, plant_in_broker
from scale.bugs import plant

_BUG = os.environ["SCALE_BUG"]
if _BUG in BROKER_BUGS:
    plant_in_broker(_BUG)
else:
    plant(_BUG)


def create_app() -> Starlette:
    """Build the application that is under test."""
    app: Starlette = resolve_name(os.environ["SCALE_WEB"])()
    return app


if __name__ == "__main__":
    sys.exit(resolve_name(f"{os.environ['SCALE_WORKER']}.__main__:main")())
