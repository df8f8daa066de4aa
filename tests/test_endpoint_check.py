"""The check of an endpoint, against real servers: a correct one, and one for each bug."""

import re
from collections.abc import Generator, Iterable
from dataclasses import replace
from itertools import count
from random import Random
from threading import Barrier
from typing import ClassVar

import pytest
from bodies import TYPES
from handlers import buggy, endpoints
from handlers.correct import CREDENTIALS, Handler
from servers import answer, never, serve, serve_raw

from bandwidth_events import BasicAuthError, BasicCredentials, parse_callback, verify_basic_auth
from bandwidth_events.endpoint import SCENARIOS, Scenario, ScenarioResult, UnreachableError, check

HANDSHAKE = {"first-request-empty", "first-request-with-body"}
PASSWORD = {"wrong-password", "colon-in-password", "non-ascii-password"}
AUTHENTICATION = HANDSHAKE | PASSWORD | {"wrong-username", "hostile-authorization"}
EVERY_TYPE = {"every-event-type", "several-events", "duplicate", "slow-answer"}

# The bugs of `docs/bugs.md` that an endpoint check exposes, and the scenarios that fail.
BUGS: tuple[tuple[int, type[Handler], set[str]], ...] = (
    (4, buggy.UnknownTypeNotExpected, {"unknown-type"}),
    (5, endpoints.RefusesUnknownTypes, {"unknown-type"}),
    (6, endpoints.NoChallenge, HANDSHAKE),
    (7, endpoints.NoAuthentication, AUTHENTICATION),
    (8, endpoints.TrustsTheHeader, {"hostile-authorization"}),
    (9, endpoints.CutsThePassword, {"colon-in-password"}),
    (12, endpoints.HashOfTheBody, {"duplicate"}),
    (12, endpoints.NoDeduplication, {"duplicate"}),
    (18, endpoints.SlowPictures, {"slow-answer"}),
    (19, endpoints.BodyFirst, {"first-request-empty"}),
    (21, endpoints.RefusesControlCharacters, {"control-characters"}),
    (22, endpoints.LooksUpThenInserts, {"simultaneous-duplicate"}),
    (26, endpoints.GoesByLength, {"chunked-body"}),
)

# Other bugs, so that every scenario is seen to fail, and handlers that are right in other ways.
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
REPETITIVE = {"slow-answer", "concurrent-callbacks"}


def failing(
    handler: type[Handler], scenarios: Iterable[Scenario], *, time_limit: float = 10
) -> tuple[set[str], tuple[ScenarioResult, ...]]:
    """Check a handler, and name the scenarios that fail."""
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


@pytest.mark.parametrize(
    ("handler", "expected"),
    [bug[1:] for bug in BUGS],
    ids=[f"{number}-{handler.__name__}" for number, handler, _ in BUGS],
)
def test_the_scenario_meant_for_a_bug_fails_and_no_other(
    handler: type[Handler], expected: set[str]
) -> None:
    names, results = failing(
        handler, SCENARIOS, time_limit=3 if hasattr(handler, "is_slow") else 10
    )
    assert names == expected, "\n".join(map(str, results))


@pytest.mark.parametrize(("handler", "expected"), OTHERS)
def test_the_scenarios_that_a_bug_shows_in_fail_and_no_other(
    handler: type[Handler], expected: set[str]
) -> None:
    quick = [scenario for scenario in SCENARIOS if scenario.name not in REPETITIVE]
    names, results = failing(handler, quick)
    assert names == expected - REPETITIVE, "\n".join(map(str, results))


def test_every_scenario_can_fail() -> None:
    shown = {name for *_, names in BUGS for name in names}
    shown |= {name for _, names in OTHERS for name in names}
    assert shown | {"concurrent-callbacks"} == {scenario.name for scenario in SCENARIOS}


def test_the_concurrent_callbacks_are_all_under_way_at_the_same_time() -> None:
    crowd = Barrier(50)

    def is_slow(_: bytes) -> bool:
        crowd.wait(timeout=10)
        return False

    with serve(Handler, is_slow) as url:
        result = CONCURRENT.run(url, CREDENTIALS)
    assert result.came_back == "50 times 204"


def test_a_server_that_leaves_one_of_many_waiting_fails() -> None:
    places = count(1)
    with serve(Handler, lambda _: next(places) > 49) as url:
        result = CONCURRENT.run(url, CREDENTIALS, time_limit=1)
    assert not result.passed
    assert "a text: no answer within 1 s" in result.came_back


def test_answers_in_time_fail_if_there_is_no_room_left(correct: str) -> None:
    hasty = replace(CONCURRENT, p99_share=1e-9)
    result = hasty.run(correct, CREDENTIALS)
    assert not result.passed
    assert re.fullmatch(r"50 times 204; p99 \d\.\d{3} s, worst \d\.\d{3} s", result.came_back)


def test_a_redirect_is_told_of_and_not_followed() -> None:
    with serve(Handler) as url, serve_raw(answer(MOVED % url.encode())) as moved:
        (result,) = check(moved, CREDENTIALS, scenarios=[EVERY_EVENT])
    assert not result.passed
    assert result.came_back.startswith("message-received: 308, a redirect, which is not followed;")
    assert result.came_back.endswith("; and 3 more")


def test_a_result_reads_well(correct: str) -> None:
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
        "  cost:      No callback ever arrives: Bandwidth sends the credentials only if asked.",
    ]


def test_results_come_one_by_one_and_in_order(correct: str) -> None:
    seen: list[ScenarioResult] = []
    results = check(correct, CREDENTIALS, scenarios=SCENARIOS[:3], on_result=seen.append)
    assert tuple(seen) == results
    assert [result.name for result in results] == [scenario.name for scenario in SCENARIOS[:3]]


def test_the_ids_of_messages_are_new_unless_chance_is_seeded() -> None:
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


def test_the_large_body_is_of_one_mebibyte_and_valid() -> None:
    (((request),),) = BY_NAME["large-body"].requests(CREDENTIALS, Random(1))
    (event,) = parse_callback(request.body)
    assert (len(request.body), event.type) == (1_048_576, "message-received")


def test_a_repeated_event_in_other_bytes_is_the_same_event() -> None:
    *one_by_one, at_once = BY_NAME["duplicate"].requests(CREDENTIALS, Random(1))
    first, other = (parse_callback(request.body) for (request,) in one_by_one[:2])
    assert first == other
    assert one_by_one[0][0].body != one_by_one[1][0].body
    assert [request for (request,) in one_by_one] == at_once


@pytest.mark.parametrize("password", ["plain", ":", "a:b", "a:b:c"])
def test_no_wrong_password_is_right(password: str) -> None:
    credentials = BasicCredentials("bandwidth", password)
    for name in ("wrong-username", *PASSWORD):
        for requests in BY_NAME[name].requests(credentials, Random(1)):
            for request in requests:
                with pytest.raises(BasicAuthError, match="not accepted"):
                    verify_basic_auth(request.headers["Authorization"], credentials)


def test_a_password_with_a_colon_is_tried_up_to_there() -> None:
    credentials = BasicCredentials("bandwidth", "battery:staple")
    ((_, cut),) = BY_NAME["colon-in-password"].requests(credentials, Random(1))
    assert cut.headers["Authorization"] == BasicCredentials("bandwidth", "battery").authorization


def test_nothing_but_malformed_headers_is_hostile() -> None:
    (requests,) = BY_NAME["hostile-authorization"].requests(CREDENTIALS, Random(1))
    for request in requests:
        with pytest.raises(BasicAuthError):
            verify_basic_auth(request.headers["Authorization"], CREDENTIALS)


def test_where_nobody_listens_there_is_nothing_to_check() -> None:
    with serve(Handler) as url:
        pass
    with pytest.raises(UnreachableError, match="no connection: Connection refused"):
        check(url, CREDENTIALS)


def test_a_single_scenario_fails_where_nobody_listens() -> None:
    with serve(Handler) as url:
        pass
    result = SCENARIOS[0].run(url, CREDENTIALS)
    assert result.came_back == "no credentials, no body: no connection: Connection refused"
