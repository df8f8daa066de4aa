"""Measure the cost of a request to a web application, and the library's share of the cost."""

from collections.abc import Callable, Mapping
from contextlib import closing
from http.client import HTTPConnection
from typing import Final
from urllib.parse import urlsplit

from handlers.correct import CREDENTIALS
from recipes import serving

from bandwidth_events import BasicAuthError, parse_callback, verify_basic_auth

from .bars import middle
from .clock import interleave, processor_seconds
from .payloads import TYPICAL
from .sections import Effort, Section

_REQUESTS: Final = 300
"""Requests per round."""

_AUTHORIZATION: Final = {"Authorization": CREDENTIALS.authorization}


def _challenge() -> None:
    try:
        verify_basic_auth(None, CREDENTIALS)
    except BasicAuthError as error:
        _ = error.headers


def _handle() -> None:
    verify_basic_auth(CREDENTIALS.authorization, CREDENTIALS)
    parse_callback(TYPICAL)


_FIRST: Final = "without credentials"
_SECOND: Final = "with credentials"
_KINDS: Final[Mapping[str, tuple[Mapping[str, str], int, Callable[[], None]]]] = {
    _FIRST: ({}, 401, _challenge),
    _SECOND: (_AUTHORIZATION, 204, _handle),
}
"""By name: a request's headers, the expected answer, and the library's part of the work."""


def application(effort: Effort) -> Section:
    """Measure the processor time of the FastAPI recipe, and the library's part of it."""
    whole: dict[str, list[float]] = {kind: [] for kind in _KINDS}
    part: dict[str, list[float]] = {kind: [] for kind in _KINDS}
    with (
        serving("fastapi_app", "--log-level", "warning") as (root, process),
        closing(HTTPConnection(urlsplit(root).netloc, timeout=60)) as connection,
    ):
        for round_ in range(-1, effort.rounds // 4):
            for kind, (headers, status, function) in _KINDS.items():
                before = processor_seconds(process.main.pid)
                for _ in range(_REQUESTS):
                    _post(connection, headers, status)
                taken = (processor_seconds(process.main.pid) - before) / _REQUESTS
                if round_ >= 0:  # the first round warms up
                    whole[kind].append(taken)
                    part[kind] += interleave({kind: function}, rounds=1)[kind]
    for times in (
        whole,
        part,
    ):  # an event takes both requests, unless credentials are sent preemptively
        times["both"] = [sum(each) for each in zip(times[_FIRST], times[_SECOND], strict=True)]
    shares = {
        kind: middle(
            [100 * ours / all_ for ours, all_ in zip(part[kind], whole[kind], strict=True)],
            of=f"one event, {kind}",
        )
        for kind in whole
    }
    return Section(
        "A request to a web application",
        "The FastAPI recipe under uvicorn, with its fastest event loop and without an access log. "
        "The columns are the processor time of a request with one event in microseconds, the part "
        "of `verify_basic_auth` and `parse_callback`, their share, and the load of one processor "
        "at a hundred requests per second.",
        ["request", "µs", "this library, µs", "share, %", "100 per second, %"],
        [
            [
                kind,
                str(middle([each * 1e6 for each in times])),
                str(middle([each * 1e6 for each in part[kind]])),
                str(shares[kind]),
                str(middle([100 * each * 100 for each in times])),
            ]
            for kind, times in whole.items()
        ],
        {"share": shares[_SECOND]},
        whole,
    )


def _post(connection: HTTPConnection, headers: Mapping[str, str], status: int) -> None:
    connection.request("POST", "/callbacks", TYPICAL, dict(headers))
    with connection.getresponse() as response:
        response.read()
    if response.status != status:
        raise AssertionError(f"answered {response.status}, not {status}")
