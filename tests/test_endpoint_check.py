"""Check real servers: a correct one, and one for each bug."""

import asyncio
import os
import re
import signal
import socket
from collections.abc import Callable, Generator, Iterable
from dataclasses import replace
from itertools import chain, count
from random import Random
from threading import Barrier
from typing import ClassVar
from unicodedata import category

import pytest
from bodies import ROOT, TYPES
from fastapi import FastAPI
from handlers import buggy, endpoints
from handlers.correct import CREDENTIALS, Handler
from pages import run
from servers import answer, never, read_request, serve, serve_raw

from bandwidth_events import (
    BasicAuthError,
    BasicCredentials,
    InboundMessageEvent,
    MessageEvent,
    parse_callback,
    verify_basic_auth,
)
from bandwidth_events.endpoint import (
    SCENARIOS,
    Scenario,
    ScenarioResult,
    UnreachableError,
    _check,
    check,
    simulate,
)
from bandwidth_events.endpoint import serve as serve_app
from bandwidth_events.testing import inbound_message

HANDSHAKE = {"first-request-empty", "first-request-with-body"}
PASSWORD = {"wrong-password", "colon-in-password", "non-ascii-password"}
AUTHENTICATION = HANDSHAKE | PASSWORD | {"wrong-username", "hostile-authorization"}
DUPLICATES = {"duplicate", "simultaneous-duplicate"}
EVERY_TYPE = {"every-event-type", "several-events", "slow-answer", *DUPLICATES}

# The bugs in `docs/mistakes.md` that an endpoint check exposes, and the scenarios that fail.
BUGS: tuple[tuple[int, type[Handler], set[str]], ...] = (
    (4, buggy.UnknownTypeNotExpected, {"unknown-type"}),
    (5, endpoints.RefusesUnknownTypes, {"unknown-type"}),
    (6, endpoints.NoChallenge, HANDSHAKE),
    (7, endpoints.NoAuthentication, AUTHENTICATION),
    (8, endpoints.TrustsTheHeader, {"hostile-authorization"}),
    (9, endpoints.CutsThePassword, {"colon-in-password"}),
    (12, endpoints.HashOfTheBody, DUPLICATES),
    (12, endpoints.NoDeduplication, DUPLICATES),
    (18, endpoints.SlowPictures, {"slow-answer"}),
    (19, endpoints.BodyFirst, {"first-request-empty"}),
    (21, endpoints.RefusesControlCharacters, {"control-characters"}),
    (22, endpoints.LooksUpThenInserts, {"simultaneous-duplicate"}),
    (26, endpoints.GoesByLength, {"chunked-body"}),
)

# More bugs, so that every scenario fails for one of them, and correct handlers of other designs.
OTHERS: tuple[tuple[type[Handler], set[str]], ...] = (
    (endpoints.OwnAuthentication, set()),
    (endpoints.UniqueTexts, set()),
    (endpoints.AnyUsername, {"wrong-username"}),
    (endpoints.AnyPassword, PASSWORD),
    (endpoints.ComparesText, {"non-ascii-password"}),
    (endpoints.SomeTypes, EVERY_TYPE),
    (endpoints.OneStatusAMessage, {"group-message"}),
    (endpoints.RefusesUnknownKeys, {"unknown-keys"}),
    (endpoints.OneEventABody, {"several-events"}),
    (endpoints.TrustsJson, {"malformed-json"}),
    (endpoints.TrustsEvents, {"malformed-event"}),
    (endpoints.SmallBodies, {"large-body"}),
    (endpoints.ShortColumn, {"long-text", "large-body"}),
    (endpoints.NeverGoesOn, {"expect-continue"}),
    (endpoints.QuotesTheBody, {"quoted-answer"}),
    (buggy.TextTakenForGranted, EVERY_TYPE | {"sparse-event"}),
    (buggy.PhoneNumbersOnly, EVERY_TYPE | {"sparse-event"}),
)
BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
EVERY_EVENT = BY_NAME["every-event-type"]
CONCURRENT = BY_NAME["concurrent-callbacks"]
MOVED = b"HTTP/1.1 308 Permanent Redirect\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n"
STATUS = b"HTTP/1.1 %d Something\r\nContent-Length: 0\r\n\r\n"
RANDOM = Random(1)
REPETITIVE = {"slow-answer", "concurrent-callbacks"}


def failing(
    handler: type[Handler], scenarios: Iterable[Scenario], *, time_limit: float = 10
) -> tuple[set[str], tuple[ScenarioResult, ...]]:
    """Check a handler, and return the names of the scenarios that fail."""
    credentials = getattr(handler, "credentials", CREDENTIALS)
    with serve(handler, getattr(handler, "is_slow", never)) as url:
        results = check(url, credentials, scenarios=scenarios, time_limit=time_limit)
    return {result.name for result in results if not result.passed}, results


@pytest.fixture(scope="module")
def correct() -> Generator[str, None, None]:
    with serve(Handler) as url:
        yield url


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_a_correct_handler_passes(scenario: Scenario, correct: str) -> None:
    result = scenario.run(correct, CREDENTIALS)
    assert result.passed, str(result)


def test_a_handler_that_claims_the_key_first_passes_in_many_threads() -> None:
    class Threaded(endpoints.UniqueTexts):
        threads = 8

    names, results = failing(Threaded, [*(BY_NAME[name] for name in DUPLICATES), CONCURRENT])
    assert names == set(), "\n".join(map(str, results))


def test_the_pages_test_passes_against_a_correct_handler() -> None:
    page = run(ROOT / "docs/endpoint.md")
    with serve_app(page["app"]) as root:
        page["test_people_can_opt_out"](f"{root}/callbacks")
        for scenario in SCENARIOS:
            page["test_the_endpoint_survives"](scenario, f"{root}/callbacks")


@pytest.mark.parametrize(
    ("handler", "expected"),
    [bug[1:] for bug in BUGS],
    ids=[f"{number}-{handler.__name__}" for number, handler, _ in BUGS],
)
def test_only_the_scenario_for_a_bug_fails(handler: type[Handler], expected: set[str]) -> None:
    names, results = failing(
        handler, SCENARIOS, time_limit=3 if hasattr(handler, "is_slow") else 10
    )
    assert names == expected, "\n".join(map(str, results))


@pytest.mark.parametrize(("handler", "expected"), OTHERS)
def test_only_the_scenarios_that_expose_a_bug_fail(
    handler: type[Handler], expected: set[str]
) -> None:
    quick = [scenario for scenario in SCENARIOS if scenario.name not in REPETITIVE]
    # The others wait for the time limit.
    names, results = failing(handler, quick, time_limit=10 if handler.lets_go_on else 3)
    assert names == expected - REPETITIVE, "\n".join(map(str, results))


def test_every_scenario_can_fail() -> None:
    shown = {name for *_, names in BUGS for name in names}
    shown |= {name for _, names in OTHERS for name in names}
    assert shown | {"concurrent-callbacks"} == {scenario.name for scenario in SCENARIOS}


def test_the_concurrent_callbacks_are_all_sent_simultaneously() -> None:
    crowd = Barrier(50)

    def is_slow(_: bytes) -> bool:
        crowd.wait(timeout=10)
        return False

    with serve(Handler, is_slow) as url:
        result = CONCURRENT.run(url, CREDENTIALS)
    assert result.came_back == "50 times 204"


def test_a_server_that_lets_one_of_many_requests_time_out_fails() -> None:
    places = count(1)
    with serve(Handler, lambda _: next(places) > 49) as url:
        result = CONCURRENT.run(url, CREDENTIALS, time_limit=1)
    assert not result.passed
    assert "a text: no answer within 1 s" in result.came_back


def test_answers_that_are_too_close_to_the_time_limit_fail(correct: str) -> None:
    hasty = replace(CONCURRENT, p99_share=1e-9)
    result = hasty.run(correct, CREDENTIALS)
    assert not result.passed
    assert re.fullmatch(r"50 times 204; p99 \d\.\d{3} s, worst \d\.\d{3} s", result.came_back)


def test_a_redirect_is_not_followed() -> None:
    with serve(Handler) as url, serve_raw(answer(MOVED % url.encode())) as moved:
        result = EVERY_EVENT.run(moved, CREDENTIALS)
    assert not result.passed
    assert result.came_back.startswith("message-received: 308, a redirect, which is not followed;")
    assert result.came_back.endswith("; and 3 more")


def test_a_result_prints_as_a_report(correct: str) -> None:
    (result,) = check(correct, CREDENTIALS, scenarios=[SCENARIOS[0]])
    failed = replace(result, passed=False, came_back="500")
    assert str(result).splitlines() == [
        "first-request-empty: passed",
        "  sent:      a POST with neither credentials nor a body: Bandwidth's first request",
        "  expected:  401 with WWW-Authenticate: Basic",
        "  came back: 401 with a challenge",
    ]
    assert str(failed).splitlines()[-2:] == [
        "  came back: 500",
        "  cost:      No callback ever arrives: Bandwidth sends credentials only when challenged.",
    ]


def test_results_are_reported_one_by_one_in_order(correct: str) -> None:
    seen: list[ScenarioResult] = []
    results = check(correct, CREDENTIALS, scenarios=SCENARIOS[:3], on_result=seen.append)
    assert tuple(seen) == results
    assert [result.name for result in results] == [scenario.name for scenario in SCENARIOS[:3]]


def test_message_ids_are_new_unless_the_random_generator_is_seeded() -> None:
    class Recorder(Handler):
        bodies: ClassVar[list[bytes]] = []

        def callback(self, body: bytes) -> int:
            self.bodies.append(body)
            return super().callback(body)

    with serve(Recorder) as url:
        for random in (None, None, Random(1), Random(1)):
            EVERY_EVENT.run(url, CREDENTIALS, random=random)
    runs = [set(Recorder.bodies[start : start + 8]) for start in range(0, 32, 8)]
    assert runs[2] == runs[3]
    assert not runs[0] & runs[1]


def test_every_class_of_event_is_sent() -> None:
    requests = [r for round_ in EVERY_EVENT.requests(CREDENTIALS, Random(1)) for r in round_]
    assert {request.label for request in requests} == set(TYPES)


def test_the_large_body_is_valid_and_has_one_mebibyte() -> None:
    (((request),),) = BY_NAME["large-body"].requests(CREDENTIALS, Random(1))
    (event,) = parse_callback(request.body)
    assert (len(request.body), event.type) == (1_048_576, "message-received")


def test_a_duplicate_in_different_bytes_parses_to_the_same_event() -> None:
    *one_by_one, at_once = BY_NAME["duplicate"].requests(CREDENTIALS, Random(1))
    first, other = (parse_callback(request.body) for (request,) in one_by_one[:2])
    assert first == other
    assert one_by_one[0][0].body != one_by_one[1][0].body
    assert [request for (request,) in one_by_one] == at_once


@pytest.mark.parametrize("password", ["plain", ":", "a:b", "a:b:c"])
def test_wrong_passwords_are_never_the_right_one(password: str) -> None:
    credentials = BasicCredentials("bandwidth", password)
    for name in ("wrong-username", *PASSWORD):
        for requests in BY_NAME[name].requests(credentials, Random(1)):
            for request in requests:
                with pytest.raises(BasicAuthError, match="not accepted"):
                    verify_basic_auth(request.headers["Authorization"], credentials)


def test_a_password_with_a_colon_is_also_sent_up_to_its_colon() -> None:
    credentials = BasicCredentials("bandwidth", "battery:staple")
    ((_, cut),) = BY_NAME["colon-in-password"].requests(credentials, Random(1))
    assert cut.headers["Authorization"] == BasicCredentials("bandwidth", "battery").authorization


def test_every_hostile_header_is_malformed_or_rejected() -> None:
    (requests,) = BY_NAME["hostile-authorization"].requests(CREDENTIALS, Random(1))
    for request in requests:
        with pytest.raises(BasicAuthError):
            verify_basic_auth(request.headers["Authorization"], CREDENTIALS)


def test_a_simultaneous_duplicate_is_the_same_event_in_different_bytes() -> None:
    for first, second in BY_NAME["simultaneous-duplicate"].requests(CREDENTIALS, Random(1)):
        assert parse_callback(first.body) == parse_callback(second.body)
        assert first.body != second.body


def test_all_control_characters_are_sent() -> None:
    texts = ""
    for request in chain.from_iterable(BY_NAME["control-characters"].requests(CREDENTIALS, RANDOM)):
        (event,) = parse_callback(request.body)
        assert isinstance(event, InboundMessageEvent)
        texts += event.message.text or ""
    controls = {chr(code) for code in range(0x110000) if category(chr(code)) == "Cc"}
    assert controls <= set(texts)


def test_the_long_text_has_10_000_characters() -> None:
    (((request),),) = BY_NAME["long-text"].requests(CREDENTIALS, RANDOM)
    (event,) = parse_callback(request.body)
    assert isinstance(event, InboundMessageEvent)
    assert len(event.message.text or "") == 10_000


def test_fastapi_quotes_the_body_that_it_validates() -> None:
    """Many users of FastAPI write such a route first."""
    app = FastAPI()

    @app.post("/callbacks")
    def callback(events: list[MessageEvent]) -> None:
        del events

    with serve_app(app) as root:
        result = BY_NAME["quoted-answer"].run(f"{root}/callbacks", CREDENTIALS)
    assert not result.passed
    assert "a malformed event: 422, quoting the request" in result.came_back


# Causes that many scenarios share

CAUSES: list[tuple[type[Handler], BasicCredentials, str]] = [
    (Handler, BasicCredentials("x", "y"), "every request with the credentials gets 401: "),
    (endpoints.BehindAProxyThatStrips, CREDENTIALS, "every request with the credentials gets 401"),
    (endpoints.BehindAGatewayThatRenames, CREDENTIALS, "AWS renames the challenge to x-amzn-"),
    (endpoints.BehindAFirewall, CREDENTIALS, "every request gets 403, with or without"),
]


@pytest.mark.parametrize(
    ("handler", "credentials", "cause"), CAUSES, ids=[case[0].__name__ for case in CAUSES]
)
def test_a_shared_cause_replaces_the_costs_of_its_scenarios(
    handler: type[Handler], credentials: BasicCredentials, cause: str
) -> None:
    with serve(handler) as url:
        results = check(url, credentials)
    failed = [result for result in results if not result.passed]
    (shared,) = {result.cause for result in failed}
    assert shared is not None
    assert shared.startswith(cause)
    assert len(failed) > 1
    assert not any("  cost: " in str(result) for result in failed)
    assert all(f"  cause:     {shared}" in str(result) for result in failed)


@pytest.mark.parametrize(
    ("response", "cause"),
    [
        (STATUS % 404, "404: there is no route at this path"),
        (MOVED % b"/callbacks/", "308, a redirect: use the URL with a trailing slash"),
    ],
)
def test_a_dead_end_behind_a_challenge_is_a_cause(response: bytes, cause: str) -> None:
    challenge = (STATUS % 401).replace(b"\r\n\r\n", b"\r\nWWW-Authenticate: Basic\r\n\r\n")
    with serve_raw(answer(challenge, response)) as url:
        (result,) = check(url, CREDENTIALS, scenarios=[EVERY_EVENT])
    assert result.cause == f"every request with the credentials gets {cause}"


def test_a_failure_with_another_cause_keeps_its_cost() -> None:
    with serve(endpoints.NoChallenge) as url:
        results = check(url, BasicCredentials("x", "y"), scenarios=[SCENARIOS[0], EVERY_EVENT])
    assert [result.cause is None for result in results] == [True, False]


def test_a_passing_check_has_no_cause(correct: str) -> None:
    assert [r.cause for r in check(correct, CREDENTIALS, scenarios=SCENARIOS[:3])] == [None] * 3


# Reasons to end the check


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (STATUS % 404, "404: there is no route at this path"),
        (STATUS % 405, "405: the route at this path does not accept POST"),
        (STATUS % 502, "502: the proxy cannot reach the application"),
        (MOVED % b"/callbacks/", "308, a redirect: use the URL with a trailing slash"),
        (MOVED % b"callbacks/?a=1", "308, a redirect: use the URL with a trailing slash"),
        (
            MOVED % b"https://127.0.0.1/callbacks",
            "308, a redirect to https, which is not followed: use the URL that it redirects to",
        ),
        (
            MOVED % b"https://127.0.0.1/login",
            "308, a redirect, which is not followed: use the URL that it redirects to",
        ),
        (
            MOVED % b"http://localhost:port/",
            "308, a redirect, which is not followed: use the URL that it redirects to",
        ),
        (b"SSH-2.0-OpenSSH\r\n", "the connection was dropped, or the answer was not HTTP"),
    ],
)
def test_a_url_that_cannot_answer_callbacks_ends_the_check(response: bytes, reason: str) -> None:
    requests: list[tuple[bytes, bytes]] = []
    with (
        serve_raw(answer(response, requests=requests)) as url,
        pytest.raises(UnreachableError) as raised,
    ):
        check(url, CREDENTIALS)
    assert (str(raised.value), len(requests)) == (reason, 2)


def test_a_url_with_an_extra_slash_ends_the_check() -> None:
    with (
        serve_raw(answer(MOVED % b"/callbacks")) as url,
        pytest.raises(UnreachableError, match="without a trailing slash"),
    ):
        check(f"{url}/", CREDENTIALS)


def test_an_endpoint_that_never_answers_ends_the_check_in_two_time_limits() -> None:
    requests: list[bytes] = []

    def hang(connection: socket.socket) -> None:
        requests.append(read_request(connection)[1])
        connection.recv(1)

    with serve_raw(hang) as url, pytest.raises(UnreachableError, match=r"no answer within 0\.2 s"):
        check(url, CREDENTIALS, time_limit=0.2)
    assert len(requests) == 2


def test_an_endpoint_that_hangs_occasionally_does_not_extend_the_check(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_check, "_SECONDS", 0)
    with serve(Handler, lambda body: b"kayak" in body) as url:
        results = check(url, CREDENTIALS, time_limit=0.1)
    assert len(results) == len(SCENARIOS)
    cut = [r for r in results if r.came_back == "the check ended before every request was sent"]
    assert len(cut) > len(SCENARIOS) / 2
    assert not any(result.passed or result.exchanges for result in cut)
    assert sum(result.seconds for result in results) < 7 * 0.1 + 5  # less than one time limit each


def test_a_404_for_only_some_requests_does_not_end_the_check() -> None:
    with serve_raw(answer(STATUS % 404, STATUS % 204)) as url:
        (result,) = check(url, CREDENTIALS, scenarios=[EVERY_EVENT])
    assert result.passed


@pytest.mark.parametrize("time_limit", [0, -1, float("inf"), float("nan")])
def test_a_time_limit_out_of_range_raises(time_limit: float) -> None:
    for call in (check, EVERY_EVENT.run):
        with pytest.raises(ValueError, match=r"^time_limit: expected a number of seconds above 0$"):
            call("http://127.0.0.1/", CREDENTIALS, time_limit=time_limit)


@pytest.fixture
def interrupt() -> Generator[Callable[[bytes], bool], None, None]:
    """Interrupt the main thread once, and make the request slow."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    places = count()

    def is_slow(_: bytes) -> bool:
        if next(places) == 1:
            os.kill(os.getpid(), signal.SIGINT)
        return True

    yield is_slow
    signal.signal(signal.SIGINT, before)


def test_an_interrupted_scenario_ends_immediately(interrupt: Callable[[bytes], bool]) -> None:
    with serve(Handler, interrupt) as url, pytest.raises(KeyboardInterrupt):
        CONCURRENT.run(url, CREDENTIALS, time_limit=600)


def test_an_interrupted_simulation_ends_immediately(interrupt: Callable[[bytes], bool]) -> None:
    texts = [inbound_message(id=str(number)) for number in range(9)]
    with serve(Handler, interrupt) as url, pytest.raises(KeyboardInterrupt):
        simulate(url, texts, credentials=CREDENTIALS, time_limit=600)


def test_everything_works_inside_a_running_event_loop(correct: str) -> None:
    async def test() -> None:
        assert EVERY_EVENT.run(correct, CREDENTIALS).passed
        assert check(correct, CREDENTIALS, scenarios=[EVERY_EVENT])[0].passed
        assert not simulate(correct, [inbound_message()], credentials=CREDENTIALS).lost

    asyncio.run(test())


def test_a_check_of_a_closed_port_raises() -> None:
    with serve(Handler) as url:
        pass
    with pytest.raises(UnreachableError, match="no connection: Connection refused"):
        check(url, CREDENTIALS)


def test_a_single_scenario_fails_on_a_closed_port() -> None:
    with serve(Handler) as url:
        pass
    result = SCENARIOS[0].run(url, CREDENTIALS)
    assert result.came_back == "no credentials, no body: no connection: Connection refused"
