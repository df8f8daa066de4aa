"""Measure a parser on the body from standard input: ``python -m benchmarks.child NAME``."""

import json
import sys
from dataclasses import asdict

from hostile import measure

from .parsers import load, outcome
from .payloads import TYPICAL


def main(name: str) -> None:
    """Print the cost, as JSON."""
    parser = load(name)
    body = sys.stdin.buffer.read()
    parser(TYPICAL)
    print(json.dumps(asdict(measure(name, lambda: body, lambda _: (outcome(parser, body), [])))))


if __name__ == "__main__":
    main(sys.argv[1])
