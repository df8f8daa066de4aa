"""Prove that the recipe `durable` loses nothing: ``python -m scale --help``."""

import argparse
import subprocess
import sys
import time
from random import SystemRandom
from typing import get_args

from .bugs import BUGS
from .soak import Kind, soak

_RUNS = 3  # within which a planted bug has to show


def main() -> int:
    """Run soaks, and say what differed, with the seed that repeats it."""
    parser = argparse.ArgumentParser(prog="python -m scale")
    parser.add_argument("--callbacks", type=int, default=2_000)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--database", choices=get_args(Kind), action="append")
    parser.add_argument("--bug", choices=BUGS)
    arguments = parser.parse_args()
    seed: int = SystemRandom().randrange(10**6) if arguments.seed is None else arguments.seed
    kinds: list[Kind] = arguments.database or [*get_args(Kind)]
    for kind in kinds:
        print(f"{kind}, seed {seed}:", flush=True)
        result = soak(kind, arguments.callbacks, seed, bug=arguments.bug)
        if result.figures is not None:
            print(f"  {result.figures}")
        if result.difference is not None:
            print(f"  DIFFERENCE: {result.difference}\n  Repeat with --seed {seed}.")
            return 1
        print("  Every effect is there once, and every dead letter with its reason.", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
