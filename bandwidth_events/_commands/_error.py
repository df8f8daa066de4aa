"""The command ``error``."""

from argparse import ArgumentParser, Namespace
from typing import Final

from bandwidth_events.error_codes import lookup

from ._command import Command


def _configure(parser: ArgumentParser) -> None:
    parser.add_argument("codes", nargs="+", type=int, metavar="CODE")


def _run(options: Namespace) -> int:
    for error in map(lookup, options.codes):
        print(error.code, error.name or "(not listed)")
        print(f"  {error.meaning}")
        print(f"  side: {error.side}; reported by: {error.reported_by}; retry: {error.retry}")
        if error.is_opt_out:
            print("  The recipient has opted out. Do not send again.")
    return 0


ERROR: Final = Command(
    "error",
    help="print what error codes mean",
    description="Print what the errorCode of a message-failed event means.",
    configure=_configure,
    run=_run,
)
