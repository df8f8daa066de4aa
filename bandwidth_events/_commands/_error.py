"""The command ``error``."""

import re
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from typing import Final, get_args

from bandwidth_events.error_codes import CATALOGUE, Cause, ErrorCode, lookup

from ._command import Command

_ABBREVIATED: Final = 3
"""The number of digits in a code without its first digit."""

_BILLABLE: Final = {True: "yes", False: "no", None: "unknown"}


def _configure(parser: ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument(
        "codes",
        nargs="*",
        default=[],
        type=_code,
        metavar="CODE",
        help="explain this code; the first digit can be omitted, as in Bandwidth's notices",
    )
    which.add_argument("--list", action="store_true", help="list every code in the catalogue")
    which.add_argument(
        "--cause",
        choices=get_args(Cause),
        metavar="CAUSE",
        help=f"list the codes with this cause: {', '.join(get_args(Cause))}",
    )


def _run(options: Namespace) -> int:
    for code in options.codes:
        _explain(code)
    if options.list or options.cause:
        for error in CATALOGUE.values():
            if options.cause in {None, error.cause}:
                print(f"{error.code}  {error.cause:12}  {error.name}")
    return 0


def _code(text: str) -> str:
    if not re.fullmatch("[0-9]+", text):
        raise ArgumentTypeError("expected a number")
    return text


def _explain(code: str) -> None:
    if len(code) != _ABBREVIATED:
        _print(lookup(int(code)))
        return
    listed = [error for error in CATALOGUE.values() if str(error.code).endswith(code)]
    print(f"{code}: Bandwidth's notices omit the first digit. Listed codes with this ending:")
    for error in listed:
        _print(error)
    if not listed:
        print("(none)")


def _print(error: ErrorCode) -> None:
    print(error.code, error.name or "(not listed)")
    print(f"  {error.meaning}")
    print(f"  side: {error.side}; reported by: {error.reported_by}; retry: {error.retry}")
    print(f"  cause: {error.cause}; billable: {_BILLABLE[error.billable]}")
    if error.is_opt_out:
        print("  The recipient has opted out. Do not send again.")


ERROR: Final = Command(
    "error",
    help="explain error codes",
    description="Print the meaning of the errorCode of a message-failed event, or list the"
    " catalogue of error codes.",
    configure=_configure,
    run=_run,
)
