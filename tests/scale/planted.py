"""The recipe's processes with a bug: ``python -m scale.planted``, and ``scale.planted:create_app``.

The environment variable ``SCALE_BUG`` names the bug.
"""

import os
import sys

from durable.__main__ import main
from durable.web import create_app

from scale.bugs import plant

__all__ = ["create_app"]

plant(os.environ["SCALE_BUG"])

if __name__ == "__main__":
    sys.exit(main())
