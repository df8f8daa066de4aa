"""Deliver callbacks to real servers as Bandwidth does."""

from collections import Counter
from itertools import pairwise
from random import Random
from threading import Barrier
from typing import Any

import pytest
from handlers.correct import CREDENTIALS, Handler
from servers import answer, serve, serve_raw

from bandwidth_events import (
    BasicCredentials,
    Event,
    InboundMessageEvent,
    encode_callback,
    parse_callback,
)
from bandwidth_events.endpoint import Delivery, Handshake, Simulation, simulate
from bandwidth_events.testing import inbound_message

OK = b"HTTP/1.1 204 No Content\r\n\r\n"
BUSY = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
CHALLENGE = b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: %s\r\nContent-Length: 0\r\n\r\n"
TEXT = inbound_message()


def texts(number: int) -> list[InboundMessageEvent]:
    return [inbound_message(id=str(index)) for index in range(number)]


def test_each_event_arrives_once_with_the_handshake() -> None:
    class Recorder(Handler):
        handled: list[Event] = []  # noqa: RUF012  # each test defines its own class

        def handle(self, event: Event) -> None:
            self.handled.append(event)

    events = texts(10)
    with serve(Recorder) as url:
        simulation = simulate(url, events, credentials=CREDENTIALS)
    assert sorted(Recorder.handled, key=str) == sorted(events, key=str)
    assert Counter(map(str, simulation.exchanges)) == {"401 with a challenge": 10, "204": 10}
    assert [delivery.event for delivery in simulation.deliveries] == events
    assert simulation.lost == ()


@pytest.mark.parametrize(
    ("handshake", "expected"),
    [
        ("empty", [(False, False), (True, True)]),
        ("with-body", [(False, True), (True, True)]),
        ("preemptive", [(True, True)]),
    ],
)
def test_the_handshake_determines_the_first_request(
    handshake: Handshake, expected: list[tuple[bool, bool]]
) -> None:
    requests: list[tuple[bytes, bytes]] = []
    answers = [CHALLENGE % b"Basic", OK][-len(expected) :]
    with serve_raw(answer(*answers, requests=requests)) as url:
        simulation = simulate(url, [TEXT], credentials=CREDENTIALS, handshake=handshake)
    credentials = CREDENTIALS.authorization.encode()
    assert [(credentials in head, parse(body) == [TEXT]) for head, body in requests] == expected
    assert simulation.lost == ()


def parse(body: bytes) -> list[Event] | None:
    return parse_callback(body) if body else None


BODIES = [
    b'[{"type": "message-sung"}]\n',
    b"\xff\xfe not JSON",
    b"",
    b"[" * 100_000,
    encode_callback([TEXT, inbound_message(id="2")]),
]


def test_a_body_is_delivered_byte_for_byte() -> None:
    requests: list[tuple[bytes, bytes]] = []
    with serve_raw(answer(OK, requests=requests)) as url:
        simulation = simulate(url, [*BODIES, TEXT], credentials=None, concurrency=1)
    assert [body for _, body in requests] == [*BODIES, encode_callback([TEXT])]
    assert [done.body for done in simulation.deliveries] == [body for _, body in requests]
    assert [done.event for done in simulation.deliveries] == [None] * len(BODIES) + [TEXT]


def test_a_body_is_retried_in_the_same_bytes() -> None:
    requests: list[tuple[bytes, bytes]] = []
    with serve_raw(answer(BUSY, BUSY, OK, requests=requests)) as url:
        simulation = simulate(url, BODIES[1:2], credentials=None, retry_window=0)
    assert [body for _, body in requests] == BODIES[1:2] * 3
    assert simulation.lost == ()


def test_a_duplicate_of_a_malformed_body_has_the_same_bytes() -> None:
    requests: list[tuple[bytes, bytes]] = []
    malformed = [b"\xff", b"[", b"[" * 100_000]
    with serve_raw(answer(OK, requests=requests)) as url:
        for seed in range(4):  # including a duplicate in different bytes
            simulate(
                url,
                malformed,
                credentials=None,
                duplicates=1,
                concurrency=1,
                random=Random(seed),
            )
    assert [body for _, body in requests] == [body for body in malformed for _ in "12"] * 4


def test_without_credentials_the_first_request_is_the_callback() -> None:
    requests: list[tuple[bytes, bytes]] = []
    with serve_raw(answer(OK, requests=requests)) as url:
        simulate(url, [TEXT], credentials=None)
    ((head, body),) = requests
    assert b"authorization" not in head.lower()
    assert parse_callback(body) == [TEXT]


def test_the_request_has_exactly_bandwidths_headers() -> None:
    requests: list[tuple[bytes, bytes]] = []
    with serve_raw(answer(OK, requests=requests)) as url:
        simulate(f"{url}?account=1", [TEXT], credentials=CREDENTIALS, handshake="preemptive")
    ((head, body),) = requests
    request, *headers = head.decode().splitlines()
    assert request == "POST /callbacks?account=1 HTTP/1.1"
    assert sorted(headers, key=str.lower) == [
        f"Authorization: {CREDENTIALS.authorization}",
        f"Content-Length: {len(body)}",
        "Content-Type: application/json; charset=utf-8",
        f"Host: {url.split('/')[2]}",
        "User-Agent: BandwidthAPI/v2",
    ]


def test_a_callback_without_a_2xx_is_retried_after_doubling_waits() -> None:
    with serve_raw(answer(BUSY, BUSY, BUSY, OK)) as url:
        simulation = simulate(url, [TEXT], credentials=None, retry_window=24 * 60 * 60 / 600)
    (delivery,) = simulation.deliveries
    assert [attempt.status for attempt in delivery.attempts] == [503, 503, 503, 204]
    assert [attempt.problem for attempt in delivery.attempts] == ["503", "503", "503", None]
    waits = [
        second.started - first.started - first.seconds
        for first, second in pairwise(delivery.attempts)
    ]
    for wait, expected in zip(waits, [0.1, 0.2, 0.4], strict=True):
        assert expected <= wait < 2 * expected
    assert simulation.lost == ()


def test_a_callback_is_lost_after_a_day_of_attempts() -> None:
    with serve_raw(answer(BUSY)) as url:
        simulation = simulate(url, [TEXT], credentials=None, retry_window=1)
    (lost,) = simulation.lost
    assert (lost.event, lost.problem, len(lost.attempts)) == (TEXT, "503", 11)
    assert lost.attempts[-1].started >= 0.7


def test_a_waiting_callback_does_not_block_others() -> None:
    with serve_raw(answer(BUSY, OK)) as url:
        simulation = simulate(url, texts(5), credentials=None, concurrency=1, retry_window=1e3)
    (_, retry), *others = (delivery.attempts for delivery in simulation.deliveries)
    assert all(attempt.started < retry.started for (attempt,) in others)


@pytest.mark.parametrize("attempts", [1, 13])
def test_the_number_of_attempts_can_be_set(attempts: int) -> None:
    with serve_raw(answer(BUSY)) as url:
        simulation = simulate(url, [TEXT], credentials=None, attempts=attempts, retry_window=0)
    assert len(simulation.exchanges) == attempts


@pytest.mark.parametrize(
    ("handshake", "answers", "problem"),
    [
        ("empty", [OK], "204 to the empty first request, so the callback is never sent"),
        ("with-body", [OK], None),
        ("empty", [CHALLENGE % b"Basic", OK], None),
        ("empty", [CHALLENGE % b'BASIC realm="callbacks"', OK], None),
        ("empty", [CHALLENGE % b'Bearer, Basic realm="x"', OK], None),
        ("empty", [CHALLENGE % b'Digest realm="x"\r\nWWW-Authenticate: basic', OK], None),
        ("empty", [CHALLENGE % b"Bearer", OK], "401 without a challenge"),
        ("empty", [CHALLENGE % b'Digest realm="Basic"', OK], "401 without a challenge"),
        ("empty", [CHALLENGE % b"Basically", OK], "401 without a challenge"),
        ("empty", [b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n"], "401 without a challenge"),
        ("empty", [CHALLENGE.replace(b"401", b"403") % b"Basic", OK], "403"),
        ("empty", [CHALLENGE % b"Basic"], "401 with a challenge"),
        ("empty", [CHALLENGE % b"Basic", BUSY], "503"),
    ],
)
def test_the_second_request_is_sent_only_after_a_challenge(
    handshake: Handshake, answers: list[bytes], problem: str | None
) -> None:
    with serve_raw(answer(*answers)) as url:
        simulation = simulate(url, [TEXT], credentials=CREDENTIALS, handshake=handshake, attempts=1)
    assert simulation.deliveries[0].problem == problem


def test_a_seed_makes_duplicates_and_order_reproducible() -> None:
    def run(seed: int) -> Simulation:
        with serve_raw(answer(OK)) as url:
            return simulate(
                url, texts(30), credentials=None, duplicates=0.5, reorder=True, random=Random(seed)
            )

    def order(simulation: Simulation) -> list[tuple[int, bool]]:
        return [(done.callback, done.is_duplicate) for done in simulation.deliveries]

    first, second, other = map(order, map(run, (1, 1, 2)))
    assert first == second
    assert first != other
    assert first != sorted(first)
    assert {number for number, _ in first} == set(range(30))
    assert 5 < sum(is_duplicate for _, is_duplicate in first) < 25


def test_a_duplicate_has_the_same_or_different_bytes() -> None:
    requests: list[tuple[bytes, bytes]] = []
    with serve_raw(answer(OK, requests=requests)) as url:
        simulate(url, texts(20), credentials=None, duplicates=1, concurrency=1, random=Random(1))
    pairs = list(zip(requests[::2], requests[1::2], strict=True))
    assert all(parse_callback(first[1]) == parse_callback(again[1]) for first, again in pairs)
    assert {first[1] == again[1] for first, again in pairs} == {True, False}


def test_a_duplicate_of_a_lost_callback_counts_as_delivered() -> None:
    with serve_raw(answer(BUSY, OK)) as url:
        simulation = simulate(
            url, [TEXT], credentials=None, duplicates=1, concurrency=1, attempts=1
        )
    first, duplicate = simulation.deliveries
    assert (first.problem, duplicate.problem) == ("503", None)
    assert simulation.lost == ()


def test_a_callback_lost_with_its_duplicate_is_listed_once() -> None:
    with serve_raw(answer(BUSY)) as url:
        simulation = simulate(url, [TEXT], credentials=None, duplicates=1, attempts=1)
    assert [done.is_duplicate for done in simulation.deliveries] == [False, True]
    assert simulation.lost == simulation.deliveries[:1]


def test_concurrency_sets_the_number_of_simultaneous_requests() -> None:
    crowd = Barrier(7)

    def is_slow(_: bytes) -> bool:
        crowd.wait(timeout=10)
        return False

    with serve(Handler, is_slow) as url:
        simulation = simulate(
            url, texts(21), credentials=CREDENTIALS, handshake="preemptive", concurrency=7
        )
    assert Counter(map(str, simulation.exchanges)) == {"204": 21}


def test_deliveries_are_reported_as_they_finish() -> None:
    seen: list[Delivery] = []
    with serve_raw(answer(OK)) as url:
        simulation = simulate(
            url, texts(3), credentials=None, concurrency=1, on_delivery=seen.append
        )
    assert tuple(seen) == simulation.deliveries


def test_an_unreachable_endpoint_loses_every_callback() -> None:
    with serve_raw(answer(OK)) as url:
        pass
    simulation = simulate(url, texts(2), credentials=CREDENTIALS, retry_window=0)
    assert [lost.problem for lost in simulation.lost] == ["no connection: Connection refused"] * 2


def test_an_empty_simulation_is_not_an_error() -> None:
    with serve_raw(answer(OK)) as url:
        assert simulate(url, [], credentials=None) == Simulation(())


NAN, INFINITY = float("nan"), float("inf")
RETRY_WINDOW = "retry_window: expected a number of seconds, at least 0"
TIME_LIMIT = "time_limit: expected a number of seconds above 0"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"concurrency": 0}, "concurrency: expected at least 1"),
        ({"attempts": 0}, "attempts: expected at least 1"),
        ({"duplicates": -0.1}, "duplicates: expected a probability, 0 to 1"),
        ({"duplicates": 1.1}, "duplicates: expected a probability, 0 to 1"),
        ({"duplicates": NAN}, "duplicates: expected a probability, 0 to 1"),
        *(({"retry_window": number}, RETRY_WINDOW) for number in (-1, INFINITY, NAN)),
        *(({"time_limit": number}, TIME_LIMIT) for number in (0, -1, INFINITY, NAN)),
        ({"handshake": "full"}, "handshake: expected one of empty, with-body, preemptive"),
    ],
)
def test_arguments_out_of_range_raise(arguments: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=f"^{reason}$"):
        simulate("http://127.0.0.1/", [TEXT], credentials=None, **arguments)


def test_the_repr_of_a_result_hides_texts_and_passwords() -> None:
    text = inbound_message(text="the code of the boathouse is 0000")
    with serve_raw(answer(CHALLENGE % b"Basic", OK)) as url:
        simulation = simulate(url, [text], credentials=BasicCredentials("bandwidth", "staple"))
    assert "boathouse" not in repr(simulation)
    assert "staple" not in repr(simulation)
