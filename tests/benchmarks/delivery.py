"""Measure the processor time of delivering callbacks, without that of the endpoint."""

import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from handlers.correct import CREDENTIALS

from bandwidth_events.endpoint import simulate
from bandwidth_events.testing import callback_request, inbound_message

from .bars import least, ratio
from .clock import interleave
from .sections import Effort, Section

_DELIVERIES: Final = 50
_TEXTS: Final = [inbound_message(id=str(number)) for number in range(_DELIVERIES)]
_SERVER: Final = """\
import sys
from handlers.correct import Handler
from servers import serve
with serve(Handler) as url:
    print(url, flush=True)
    sys.stdin.read()
"""


@contextmanager
def _serving() -> Generator[str]:
    """Serve the correct handler in a separate process that ends with this one."""
    with subprocess.Popen(
        [sys.executable, "-c", _SERVER],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        with process.stdin:
            yield process.stdout.readline().strip()


def _by_hand(url: str) -> None:
    """Make the same requests with the standard library, in one thread and without checks."""
    parts = urlsplit(url)
    for text in _TEXTS:
        for credentials in (None, CREDENTIALS):
            headers, body = callback_request(text, credentials=credentials)
            with closing(HTTPConnection(parts.netloc)) as connection:
                connection.request("POST", parts.path, body if credentials else b"", headers)
                connection.getresponse().read()


def deliveries(effort: Effort) -> Section:
    """Deliver texts, each with the two requests of the handshake."""
    with _serving() as url:
        functions = {
            "simulate": lambda: simulate(url, _TEXTS, credentials=CREDENTIALS),
            "http.client": lambda: _by_hand(url),
        }
        seconds = interleave(functions, rounds=effort.rounds)
    milliseconds = {
        name: least([each / _DELIVERIES * 1e3 for each in times]) for name, times in seconds.items()
    }
    return Section(
        "Deliveries",
        f"The processor time of a delivery with its handshake: two requests, each over a new "
        f"connection, to a server in another process, averaged over {_DELIVERIES} deliveries.",
        ["client", "ms", "against simulate"],
        [
            [name, str(milliseconds[name]), str(ratio(times, seconds["simulate"]))]
            for name, times in seconds.items()
        ],
        {"delivery": milliseconds["simulate"]},
        seconds,
    )
