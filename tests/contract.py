"""Check with AsyncAPI's own parser what `bandwidth-events schema --asyncapi` prints.

`make contract` installs the parser and runs this. It exits non-zero if the parser finds an error
or a warning, or if it accepts one of the documents that are made wrong here.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from bandwidth_events._commands._contract import asyncapi_document

NODE: Final = Path(__file__).parent.parent / ".venv/node"

# Places of the document, and what is wrong there; `None` if they are absent. The parser does not
# compare examples with their schemas: tests/test_contract.py does.
DEFECTS: Final[list[tuple[tuple[str | int, ...], object]]] = [
    (("info", "title"), None),
    (("channels", "status", "address"), 7),
    (("channels", "inbound", "messages", "UnknownCallback"), {"$ref": "#/components/messages/X"}),
    (("operations", "onMessageStatus", "action"), "publish"),
    (("operations", "onInboundMessage", "channel"), {"$ref": "#/channels/outbound"}),
    (("operations", "onInboundMessage", "bindings", "http", "method"), "SEND"),
    (("components", "securitySchemes", "basicAuth", "scheme"), None),
    (("components", "schemas", "Message", "properties", "segmentCount", "type"), "number of parts"),
]


def changed(place: tuple[str | int, ...], value: object) -> dict[str, Any]:
    document = asyncapi_document()
    *parents, last = place
    part: Any = document
    for key in parents:
        part = part[key]
    del part[last]  # which has to be there
    if value is not None:
        part[last] = value
    return document


def diagnose(documents: list[str]) -> list[list[str]]:
    """Have the parser diagnose each document."""
    done = subprocess.run(
        ["node", Path(__file__).with_suffix(".mjs")],  # noqa: S607  # wherever it is
        cwd=NODE,
        input=json.dumps(documents).encode(),
        stdout=subprocess.PIPE,
        check=True,
    )
    results: list[list[str]] = json.loads(done.stdout)
    return results


def main() -> int:
    printed = subprocess.run(
        [sys.executable, "-m", "bandwidth_events", "schema", "--asyncapi"],
        stdout=subprocess.PIPE,
        check=True,
    )
    documents = [json.dumps(changed(place, value)) for place, value in DEFECTS]
    errors, *of_defects = diagnose([printed.stdout.decode(), *documents])
    for error in errors:
        print(error)
    accepted = [place for (place, _), found in zip(DEFECTS, of_defects, strict=True) if not found]
    for place in accepted:
        print("wrong, but accepted:", *place)
    if errors or accepted:
        return 1
    print(f"AsyncAPI's parser accepts the document, and rejects each of {len(DEFECTS)} wrong ones.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
