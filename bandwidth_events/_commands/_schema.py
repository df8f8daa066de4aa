"""The command ``schema``."""

from argparse import ArgumentParser, Namespace
from typing import Final

from ._command import Command
from ._terminal import write_bytes


def _configure(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--asyncapi",
        action="store_true",
        help="print an AsyncAPI 3.0 document of the whole receiver",
    )


def _run(options: Namespace) -> int:
    # Here, because no other command needs what it imports.
    from ._contract import asyncapi_document, callback_schema, document_text

    document = asyncapi_document() if options.asyncapi else callback_schema()
    write_bytes(document_text(document).encode())
    return 0


SCHEMA: Final = Command(
    "schema",
    help="print the JSON Schema of a callback",
    description="Print the JSON Schema (2020-12) of the body of a callback, or an AsyncAPI 3.0"
    " document of the receiver, as JSON.",
    configure=_configure,
    run=_run,
)
