"""Packages of the distribution, installed where they are missing."""

import os
import subprocess
from collections.abc import Callable


def install(package: str, *, is_there: Callable[[], object]) -> None:
    """Install a package, unless what is needed of it is there."""
    if is_there():
        return
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update"], ["install", "--yes", "--no-install-recommends", package]):
        subprocess.run(["/usr/bin/apt-get", "-qq", *words], check=True, env=environment)
