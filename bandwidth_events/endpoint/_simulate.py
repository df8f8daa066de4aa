"""Deliver events as Bandwidth does."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from random import Random, SystemRandom
from typing import Final, Literal, TypeAlias

from bandwidth_events._auth import BasicCredentials
from bandwidth_events._events import Event
from bandwidth_events._parse import encode_callback

from ._client import Client
from ._exchange import Exchange
from ._requests import post, rewritten
from ._scenarios import TIME_LIMIT
from ._target import target

Handshake: TypeAlias = Literal["empty", "with-body", "preemptive"]

_DAY: Final = 24 * 60 * 60
# Bandwidth documents that it retries for a day, not how often. This is how such things are usually
# done: after a minute, then after twice as long as before. One more would exceed the day.
_WAITS: Final = tuple(60 * 2**n for n in range(10))


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to deliver a callback."""

    started: float
    """When it began, in seconds since the simulation did, by the event loop's clock."""

    exchanges: tuple[Exchange, ...]
    """The request or, with a challenge, the two requests, and what came back."""

    problem: str | None
    """Why Bandwidth would try again, for a person to read; `None`: it succeeded."""

    @property
    def status(self) -> int | None:
        """The HTTP status of the last answer; `None` if there was none."""
        return self.exchanges[-1].status

    @property
    def seconds(self) -> float:
        """How long it took."""
        return sum(exchange.seconds for exchange in self.exchanges)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A callback, and the attempts to deliver it."""

    callback: int
    """Which one, counted from 0 in the order in which they were given."""

    event: Event
    """What its body holds."""

    is_duplicate: bool
    """Whether it was delivered twice on purpose, and this is the second time."""

    attempts: tuple[Attempt, ...]
    """In the order of time; never empty. Only the last one can have succeeded."""

    @property
    def problem(self) -> str | None:
        """Why the last attempt failed; `None`: it succeeded."""
        return self.attempts[-1].problem


@dataclass(frozen=True, slots=True)
class Simulation:
    """What came of a simulation."""

    deliveries: tuple[Delivery, ...]
    """In the order in which the first attempts were made."""

    @property
    def lost(self) -> tuple[Delivery, ...]:
        """Those whose callback never arrived, and would be dropped for good.

        `problem` says why.
        """
        arrived = {done.callback for done in self.deliveries if done.problem is None}
        return tuple(
            delivery
            for delivery in self.deliveries
            if delivery.callback not in arrived and not delivery.is_duplicate
        )

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """Every request, with what came back."""
        return tuple(
            exchange
            for delivery in self.deliveries
            for attempt in delivery.attempts
            for exchange in attempt.exchanges
        )


def simulate(  # noqa: PLR0913  # all but three have a default
    url: str,
    events: Iterable[Event],
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
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    on_delivery: Callable[[Delivery], None] | None = None,
) -> Simulation:
    """Deliver events to an endpoint as Bandwidth does.

    Whatever is not answered with 2xx in time is tried again, after waits that
    double, until a day is over, which lasts for `retry_window`.

    Runs an event loop of its own, so in asynchronous code it belongs into a
    thread: ``await asyncio.to_thread(simulate, …)``.

    Args:
        url: The endpoint's URL.
        events: What to deliver, each in a callback of its own, as Bandwidth does.
        credentials: What to send when asked; `None` for an endpoint that asks for
            none.
        handshake: Without what the first request comes: ``"empty"``, without
            credentials and body; ``"with-body"``, without credentials;
            ``"preemptive"``: it has both. The second comes if the first is answered
            with 401 and a Basic challenge.
        concurrency: How many requests are made at the same time.
        duplicates: The probability, 0 to 1, of a callback being delivered twice, in
            the same bytes or others.
        reorder: Whether to shuffle the callbacks.
        attempts: How often to try at most; by default, what fits into a day.
        retry_window: How many seconds stand for the 24 hours of retries.
        time_limit: In how many seconds each answer has to be there.
        allow_remote: Whether the URL may name another machine than this.
        random: What decides about duplicates and order.
        sleep: What waits before a retry, for a number of seconds.
        on_delivery: Called with each delivery as soon as it has succeeded or failed for
            good.

    Returns:
        What came of it. An endpoint that cannot be reached loses every callback.

    Raises:
        ValueError: A number is out of range, or the URL is none, or holds
            credentials, or names another machine without `allow_remote`.
    """
    if concurrency < 1 or attempts < 1:
        raise ValueError("concurrency, attempts: expected at least 1")
    if not 0 <= duplicates <= 1:
        raise ValueError("duplicates: expected a probability, 0 to 1")
    checked = target(url, allow_remote=allow_remote)
    random = random or SystemRandom()
    planned = _plan(events, duplicates, random)
    if reorder:
        random.shuffle(planned)
    waits = [wait * retry_window / _DAY for wait in _WAITS]

    async def run() -> Simulation:
        clock = asyncio.get_running_loop().time
        start = clock()
        free = asyncio.Semaphore(concurrency)

        async def deliver(plan: _Plan) -> Delivery:
            made: list[Attempt] = []
            while True:
                async with free:
                    started = clock() - start
                    exchanges, problem = await _attempt(client, plan, credentials, handshake)
                made.append(Attempt(started, tuple(exchanges), problem))
                if problem is None or len(made) == attempts:
                    break
                await sleep(waits[min(len(made), len(waits)) - 1])
            delivery = Delivery(plan.callback, plan.event, plan.is_duplicate, tuple(made))
            if on_delivery is not None:
                on_delivery(delivery)
            return delivery

        async with Client(checked, time_limit=time_limit, workers=concurrency) as client:
            return Simulation(tuple(await asyncio.gather(*map(deliver, planned))))

    return asyncio.run(run())


@dataclass(frozen=True, slots=True)
class _Plan:
    callback: int
    event: Event
    body: bytes
    is_duplicate: bool = False


def _plan(events: Iterable[Event], duplicates: float, random: Random) -> list[_Plan]:
    planned: list[_Plan] = []
    for number, event in enumerate(events):
        body = encode_callback([event])
        planned.append(_Plan(number, event, body))
        if random.random() < duplicates:
            again = random.choice([body, rewritten(body)])
            planned.append(_Plan(number, event, again, is_duplicate=True))
    return planned


async def _attempt(
    client: Client, plan: _Plan, credentials: BasicCredentials | None, handshake: Handshake
) -> tuple[list[Exchange], str | None]:
    """Deliver once; also tell why it failed, if it did."""
    exchanges: list[Exchange] = []
    if credentials is not None and handshake != "preemptive":
        body = b"" if handshake == "empty" else plan.body
        first = await client.send(post("the first request", None, body=body))
        exchanges.append(first)
        if first.is_success and handshake == "with-body":
            return exchanges, None
        if first.is_success:
            return exchanges, f"{first} to the empty first request, so that no other came"
        if not first.is_challenge:
            return exchanges, str(first)
    last = await client.send(post("the callback", credentials, body=plan.body))
    return [*exchanges, last], None if last.is_success else str(last)
