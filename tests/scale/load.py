"""A sender that costs little, for measuring what receives.

`simulate` of the library behaves as Bandwidth does, which costs some milliseconds of processor time
for each delivery. This one keeps its connections, sends credentials at once, and reads no more of
an answer than the status.
"""

import asyncio
from collections.abc import Iterable, Sequence
from time import perf_counter
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from .store import CREDENTIALS

NO_ANSWER: Final = 0


class Answer(NamedTuple):
    """What came back for one body."""

    status: int
    seconds: float


def send(url: str, bodies: Sequence[bytes], connections: int = 16) -> list[Answer]:
    """Send bodies, over some connections at once, until a connection is lost.

    Returns:
        An answer for each body whose sending began.
    """
    return asyncio.run(_send(url, bodies, connections))


async def _send(url: str, bodies: Sequence[bytes], connections: int) -> list[Answer]:
    answers: list[Answer] = []
    waiting = iter(bodies)
    await asyncio.gather(*(_converse(url, waiting, answers) for _ in range(connections)))
    return answers


async def _converse(url: str, waiting: Iterable[bytes], answers: list[Answer]) -> None:
    target = urlsplit(url)
    reader, writer = await asyncio.open_connection(target.hostname, target.port)
    start = f"POST {target.path} HTTP/1.1\r\nHost: {target.netloc}\r\nAuthorization: "
    start += f"{CREDENTIALS.authorization}\r\nContent-Type: application/json\r\nContent-Length: "
    try:
        for body in waiting:
            place = len(answers)
            answers.append(Answer(NO_ANSWER, 0))  # in the order of the bodies
            began = perf_counter()
            writer.write(f"{start}{len(body)}\r\n\r\n".encode() + body)
            head = await reader.readuntil(b"\r\n\r\n")
            answers[place] = Answer(int(head.split(maxsplit=2)[1]), perf_counter() - began)
    except (ConnectionError, asyncio.IncompleteReadError):
        pass  # the power is cut
    finally:
        writer.close()
