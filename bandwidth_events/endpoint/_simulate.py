"""Deliver callbacks as Bandwidth does."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field, replace
from functools import partial
from heapq import heappop, heappush
from random import Random, SystemRandom
from time import monotonic, sleep
from typing import Final, Literal, TypeAlias, get_args

from bandwidth_events._auth import BasicCredentials
from bandwidth_events._events import Event
from bandwidth_events._parse import encode_callback

from ._client import TURN, Client
from ._exchange import Exchange
from ._requests import post, rewritten
from ._scenario import TIME_LIMIT
from ._target import seconds, target

Handshake: TypeAlias = Literal["empty", "with-body", "preemptive"]

_DAY: Final = 24 * 60 * 60
# Bandwidth documents that it retries for a day, but not how often. These waits are the usual
# backoff: one minute, then twice as long each time. One more wait would exceed the day.
_WAITS: Final = tuple(60 * 2**n for n in range(10))


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to deliver a callback."""

    started: float
    """The start of the attempt, in seconds after the start of the simulation."""

    exchanges: tuple[Exchange, ...]
    """The exchange, or two exchanges if the first one ended in a challenge."""

    problem: str | None
    """Why Bandwidth would retry, for people to read; `None` if the attempt succeeded."""

    @property
    def status(self) -> int | None:
        """The HTTP status of the last answer; `None` if there was no answer."""
        return self.exchanges[-1].status

    @property
    def seconds(self) -> float:
        """The duration of the attempt."""
        return sum(exchange.seconds for exchange in self.exchanges)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A callback, and the attempts to deliver it."""

    callback: int
    """The index of the callback in the argument `callbacks` of `simulate`."""

    event: Event | None
    """The event to deliver; `None` if the callback was given as bytes."""

    body: bytes = field(repr=False)
    """The request body."""

    is_duplicate: bool
    """Whether this delivery is an intentional duplicate."""

    attempts: tuple[Attempt, ...]
    """The attempts in chronological order; never empty. Only the last one can have succeeded."""

    @property
    def problem(self) -> str | None:
        """Why the last attempt failed; `None` if it succeeded."""
        return self.attempts[-1].problem


@dataclass(frozen=True, slots=True)
class Simulation:
    """The result of `simulate`."""

    deliveries: tuple[Delivery, ...]
    """The deliveries, in the order of their first attempts."""

    @property
    def lost(self) -> tuple[Delivery, ...]:
        """The deliveries that failed for good: Bandwidth would drop their callbacks.

        `problem` is the reason. A callback whose duplicate arrived is not lost.
        """
        arrived = {done.callback for done in self.deliveries if done.problem is None}
        return tuple(
            delivery
            for delivery in self.deliveries
            if delivery.callback not in arrived and not delivery.is_duplicate
        )

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """Every exchange of every delivery."""
        return tuple(
            exchange
            for delivery in self.deliveries
            for attempt in delivery.attempts
            for exchange in attempt.exchanges
        )


def simulate(  # noqa: PLR0913  # all but three have a default
    url: str,
    callbacks: Iterable[Event | bytes],
    *,
    credentials: BasicCredentials | None,
    handshake: Handshake = "empty",
    concurrency: int = 4,
    duplicates: float = 0.0,
    reorder: bool = False,
    attempts: int = len(_WAITS) + 1,
    retry_window: float = 2.0,
    time_limit: float = TIME_LIMIT,
    allow_remote: bool = False,
    random: Random | None = None,
    on_delivery: Callable[[Delivery], None] | None = None,
) -> Simulation:
    """Deliver callbacks to an endpoint as Bandwidth does.

    A callback that gets no 2xx in time is retried. The waits between attempts double, and
    `retry_window` scales them: it replaces Bandwidth's 24 hours.

    Args:
        url: The endpoint's URL.
        callbacks: The callbacks to deliver. An event is sent as the only event of a
            callback, as Bandwidth does. `bytes` are sent as the body, even if malformed.
        credentials: The credentials to send after the challenge; `None` for an endpoint
            without authentication.
        handshake: What the first request leaves out. ``"empty"``: credentials and body.
            ``"with-body"``: credentials. ``"preemptive"``: nothing. A second request
            follows if the first one gets 401 with a Basic challenge.
        concurrency: The maximum number of simultaneous deliveries, at least 1.
        duplicates: The probability, 0 to 1, that a callback is delivered twice, in the
            same bytes or in different ones.
        reorder: Whether to shuffle the callbacks.
        attempts: The maximum number of attempts for each callback; by default, as many as
            fit in a day.
        retry_window: The duration of all retries, in seconds, instead of Bandwidth's 24
            hours; 0 retries without waiting.
        time_limit: The maximum time for each answer, in seconds, above 0.
        allow_remote: Whether the URL may name another machine.
        random: The random generator for duplicates and order.
        on_delivery: Called with each delivery that has succeeded or failed for good, in
            the caller's thread.

    Returns:
        The deliveries. If the endpoint cannot be reached, every callback is lost.

    Raises:
        ValueError: A number is out of range, or `handshake` is unknown; or the URL is
            invalid, contains credentials, or names another machine without
            `allow_remote`.
    """
    if handshake not in get_args(Handshake):
        raise ValueError(f"handshake: expected one of {', '.join(get_args(Handshake))}")
    if concurrency < 1:
        raise ValueError("concurrency: expected at least 1")
    if attempts < 1:
        raise ValueError("attempts: expected at least 1")
    if not 0 <= duplicates <= 1:
        raise ValueError("duplicates: expected a probability, 0 to 1")
    if not 0 <= retry_window < math.inf:
        raise ValueError("retry_window: expected a number of seconds, at least 0")
    seconds("time_limit", time_limit)
    checked = target(url, allow_remote=allow_remote)
    random = random or SystemRandom()
    deliveries = _plan(callbacks, duplicates, random)
    if reorder:
        random.shuffle(deliveries)
    waits = [
        _WAITS[min(retry, len(_WAITS) - 1)] * retry_window / _DAY for retry in range(attempts - 1)
    ]
    start = monotonic()

    def attempt(delivery: Delivery) -> Attempt:
        started = monotonic() - start
        exchanges, problem = _attempt(client, delivery.body, credentials, handshake)
        return Attempt(started, tuple(exchanges), problem)

    with Client(checked, time_limit=time_limit, workers=concurrency) as client:
        for delivery in _deliver(
            deliveries, lambda each: client.submit(partial(attempt, each)), waits, concurrency
        ):
            if on_delivery is not None:
                on_delivery(delivery)
    return Simulation(tuple(deliveries))


def _plan(callbacks: Iterable[Event | bytes], duplicates: float, random: Random) -> list[Delivery]:
    """Return deliveries without attempts."""
    planned: list[Delivery] = []
    for number, callback in enumerate(callbacks):
        event, body = (
            (None, callback)
            if isinstance(callback, bytes)
            else (callback, encode_callback([callback]))
        )
        planned.append(Delivery(number, event, body, is_duplicate=False, attempts=()))
        if random.random() < duplicates:
            again = random.choice([body, rewritten(body)])
            planned.append(Delivery(number, event, again, is_duplicate=True, attempts=()))
    return planned


def _deliver(
    deliveries: list[Delivery],
    attempt: Callable[[Delivery], Future[Attempt]],
    waits: Sequence[float],
    concurrency: int,
) -> Iterator[Delivery]:
    """Start attempts when they are due, update the deliveries, and yield finished ones."""
    due = [(monotonic(), place) for place in range(len(deliveries))]  # sorted, and thus a heap
    running: dict[Future[Attempt], int] = {}
    while due or running:
        now = monotonic()
        while due and due[0][0] <= now and len(running) < concurrency:
            _, place = heappop(due)
            running[attempt(deliveries[place])] = place
        pause = TURN
        if due and len(running) < concurrency:
            pause = min(TURN, due[0][0] - now)
        if not running:
            sleep(pause)
        for future in wait(running, pause, FIRST_COMPLETED).done:
            place = running.pop(future)
            so_far = deliveries[place]
            attempts = (*so_far.attempts, future.result())
            delivery = deliveries[place] = replace(so_far, attempts=attempts)
            if delivery.problem is None or len(attempts) > len(waits):
                yield delivery
            else:
                heappush(due, (monotonic() + waits[len(attempts) - 1], place))


def _attempt(
    client: Client, callback: bytes, credentials: BasicCredentials | None, handshake: Handshake
) -> tuple[list[Exchange], str | None]:
    """Deliver once; return the exchanges and, if the attempt failed, the reason."""
    exchanges: list[Exchange] = []
    if credentials is not None and handshake != "preemptive":
        body = b"" if handshake == "empty" else callback
        first = client.send(post("the first request", None, body=body))
        exchanges.append(first)
        if first.is_success and handshake == "with-body":
            return exchanges, None
        if first.is_success:
            return exchanges, f"{first} to the empty first request, so the callback is never sent"
        if not first.is_challenge:
            return exchanges, str(first)
    last = client.send(post("the callback", credentials, body=callback))
    return [*exchanges, last], None if last.is_success else str(last)
