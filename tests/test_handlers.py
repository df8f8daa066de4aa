"""The properties of `docs/testing.md` hold for a correct handler, and find each bug."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from typing import Any, ClassVar, NamedTuple

import pytest
from bodies import ROOT
from handlers import buggy, correct, endpoints
from handlers.correct import Handler
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from pages import DERANDOMISED, run

from bandwidth_events import (
    CallbackParseError,
    DeliveryStage,
    Event,
    InboundEvent,
    InboundMessageEvent,
    Message,
    MessageEvent,
    MessageFailedEvent,
    StatusEvent,
    UnknownEvent,
    parse_callback,
)
from bandwidth_events.keywords import keyword
from bandwidth_events.media import attachments, is_bandwidth_media

TEXTS = "test_every_text_is_filed_once"
STATUS = "test_the_status_is_the_furthest_stage"
REPLIES = "test_only_people_who_wrote_get_a_reply"
OPT_OUTS = "test_every_opt_out_is_noted"
ATTACHMENTS = "test_every_attachment_is_downloaded"
CREDENTIALS = "test_only_bandwidth_gets_the_credentials"
FAILURES = "test_what_could_not_be_filed_is_filed_later"
MALFORMED = "test_a_malformed_body_is_refused"
ACCESS = "test_only_bandwidth_gets_in"
STEPS = "step_by_step"
MACHINE = "Callbacks"
"""The state machine that has the rule `STEPS`."""


class Recorder(Handler):
    """A mixin for handlers that records what the latest instance received."""

    steps: ClassVar[list[bytes | Message]] = []
    authorization: ClassVar[list[str | None]] = []

    def __init__(self) -> None:
        super().__init__()
        self.steps.clear()
        self.authorization.clear()

    def request(self, authorization: str | None, body: bytes) -> tuple[int, Mapping[str, str]]:
        self.authorization.append(authorization)
        return super().request(authorization, body)

    def callback(self, body: bytes) -> int:
        self.steps.append(body)
        return super().callback(body)

    def sent(self, message: Message) -> None:
        self.steps.append(message)
        super().sent(message)


@dataclass(frozen=True)
class Arrivals:
    """The events of the smallest failing example, up to the failure."""

    steps: list[bytes | Message]
    authorization: list[str | None]

    @property
    def bodies(self) -> list[bytes]:
        return [step for step in self.steps if isinstance(step, bytes)]

    @property
    def callbacks(self) -> list[list[Event]]:
        return [parse_callback(body) for body in self.bodies]

    @property
    def events(self) -> list[Event]:
        return [event for callback in self.callbacks for event in callback]

    @property
    def known(self) -> list[MessageEvent]:
        return [event for body in self.bodies for event in parse_known(body)]


def parse_known(body: bytes) -> list[MessageEvent]:
    return [event for event in parse_callback(body) if not isinstance(event, UnknownEvent)]


def pairs(arrivals: Arrivals) -> Iterator[tuple[MessageEvent, MessageEvent]]:
    """Yield all pairs of events in the order of arrival."""
    return combinations(arrivals.known, 2)


def several_in_one(arrivals: Arrivals) -> bool:
    return max(map(len, arrivals.callbacks)) > 1


def one_without_text(arrivals: Arrivals) -> bool:
    return any(isinstance(e, InboundEvent) and e.message.text is None for e in arrivals.known)


def one_unknown(arrivals: Arrivals) -> bool:
    return any(isinstance(event, UnknownEvent) for event in arrivals.events)


def one_status(arrivals: Arrivals) -> bool:
    return any(isinstance(event, StatusEvent) for event in arrivals.known)


def two_recipients(arrivals: Arrivals) -> bool:
    return any(
        (first.type, first.message.id) == (second.type, second.message.id) and first.to != second.to
        for first, second in pairs(arrivals)
    )


def one_repeated(arrivals: Arrivals) -> bool:
    return any(first.dedupe_key == second.dedupe_key for first, second in pairs(arrivals))


def one_repeated_in_other_bytes(arrivals: Arrivals) -> bool:
    keys = [{event.dedupe_key for event in parse_known(body)} for body in {*arrivals.bodies}]
    return any(not first.isdisjoint(second) for first, second in combinations(keys, 2))


def one_late(arrivals: Arrivals) -> bool:
    return any(
        isinstance(first, StatusEvent)
        and isinstance(second, StatusEvent)
        and first.message.id == second.message.id
        and first.stage > second.stage
        for first, second in pairs(arrivals)
    )


def one_inbound(arrivals: Arrivals) -> bool:
    return any(isinstance(event, InboundEvent) for event in arrivals.known)


def one_to_a_later_recipient(arrivals: Arrivals) -> bool:
    return any(isinstance(e, InboundEvent) and e.to != e.message.to[0] for e in arrivals.known)


def one_without_phone_number(arrivals: Arrivals) -> bool:
    addresses = (address for e in arrivals.known for address in (e.to, e.message.from_))
    return not all(address.startswith("+1") for address in addresses)


def one_foreign_url(arrivals: Arrivals) -> bool:
    return any(not is_bandwidth_media(url) for e in arrivals.known for url in e.message.media)


def texts(arrivals: Arrivals) -> list[str]:
    return [event.text for event in arrivals.known if isinstance(event, InboundMessageEvent)]


def one_with_nul(arrivals: Arrivals) -> bool:
    return any("\0" in text for text in texts(arrivals))


def one_long_text(arrivals: Arrivals) -> bool:
    return any(len(text) > 1600 for text in texts(arrivals))


def one_over_rbm(arrivals: Arrivals) -> bool:
    return any(
        isinstance(e, InboundMessageEvent) and e.text and not e.message.text for e in arrivals.known
    )


def one_before_its_message(arrivals: Arrivals) -> bool:
    return any(
        isinstance(event, StatusEvent) and event.message.id not in accepted(arrivals.steps[:place])
        for place, step in enumerate(arrivals.steps)
        if isinstance(step, bytes)
        for event in parse_known(step)
    )


def accepted(steps: list[bytes | Message]) -> set[str]:
    return {step.id for step in steps if isinstance(step, Message)}


def one_expired(arrivals: Arrivals) -> bool:
    return any(
        isinstance(e, StatusEvent) and e.stage is DeliveryStage.UNCONFIRMED for e in arrivals.known
    )


def three_attachments(arrivals: Arrivals) -> bool:
    return any(len(attachments(event.message)) > 2 for event in arrivals.known)


def one_opt_out_by_code(arrivals: Arrivals) -> bool:
    return any(
        isinstance(e, MessageFailedEvent) and e.error is not None and e.error.is_opt_out
        for e in arrivals.known
    )


def one_opt_out_by_keyword(arrivals: Arrivals) -> bool:
    return any(keyword(text) == "stop" for text in texts(arrivals))


def one_without_credentials(arrivals: Arrivals) -> bool:
    return any(header != correct.CREDENTIALS.authorization for header in arrivals.authorization)


def one_hostile_header(arrivals: Arrivals) -> bool:
    return None not in arrivals.authorization and one_without_credentials(arrivals)


def one_without_json(arrivals: Arrivals) -> bool:
    return not all(map(is_json, arrivals.bodies))


def one_with_json_but_no_events(arrivals: Arrivals) -> bool:
    return all(map(is_json, arrivals.bodies))


def one_with_a_good_event(arrivals: Arrivals) -> bool:
    with pytest.raises(CallbackParseError) as raised:
        parse_callback(arrivals.bodies[0])
    return any(isinstance(event, InboundEvent) for event in raised.value.events)


def is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except ValueError:
        return False
    return True


# Hypothesis' default number of examples, also in `make matrix`.
FIND = settings(
    DERANDOMISED,
    max_examples=settings.get_profile("default").max_examples,
    phases=[Phase.generate],
)
SHRINK = settings(FIND, phases=[Phase.generate, Phase.shrink])

SEVERAL = Exception  # an exception group, for properties that fail in several ways
# Events that are unrelated to the bug. Their number depends on the loaded modules, in which
# Hypothesis looks for constants. Unshrunk deliveries have up to sixty events.
SPARE = 2


class Bug(NamedTuple):
    """A handler, the property that finds its bug, and the failure of the property."""

    handler: type[Handler]
    property: str
    error: type[Exception]
    shows: Callable[[Arrivals], bool]
    """Checks that the smallest example shows the bug."""
    events: int
    """The number of events that the bug needs."""


BUGS: dict[int, list[Bug]] = {
    1: [Bug(buggy.OnlyFirstEvent, TEXTS, AssertionError, several_in_one, 2)],
    2: [Bug(buggy.OnlyLastEvent, TEXTS, AssertionError, several_in_one, 2)],
    3: [Bug(buggy.TextTakenForGranted, TEXTS, KeyError, one_without_text, 1)],
    4: [
        Bug(buggy.UnknownTypeNotExpected, TEXTS, KeyError, one_unknown, 1),
        Bug(buggy.UnknownTypeNotExpected, STEPS, KeyError, one_unknown, 1),
    ],
    5: [Bug(endpoints.RefusesUnknownTypes, TEXTS, AssertionError, one_unknown, 1)],
    6: [Bug(endpoints.NoChallenge, ACCESS, KeyError, one_without_credentials, 0)],
    7: [
        Bug(endpoints.NoAuthentication, ACCESS, AssertionError, one_without_credentials, 1),
        Bug(endpoints.AnyPassword, ACCESS, AssertionError, one_without_credentials, 1),
    ],
    8: [Bug(endpoints.TrustsTheHeader, ACCESS, SEVERAL, one_hostile_header, 0)],
    10: [Bug(buggy.ReplyToItself, REPLIES, AssertionError, one_status, 1)],
    11: [Bug(buggy.OneKeyForAGroup, STATUS, AssertionError, two_recipients, 2)],
    12: [
        Bug(buggy.KeyOfTheBody, TEXTS, AssertionError, one_repeated_in_other_bytes, 2),
        Bug(buggy.NoKey, TEXTS, AssertionError, one_repeated, 2),
        Bug(buggy.NoKey, STEPS, AssertionError, one_repeated, 2),
    ],
    13: [Bug(buggy.LastStatusWins, STATUS, AssertionError, one_late, 2)],
    14: [Bug(buggy.SwallowedException, FAILURES, AssertionError, one_inbound, 1)],
    15: [Bug(buggy.FirstRecipientIsUs, TEXTS, AssertionError, one_to_a_later_recipient, 1)],
    17: [Bug(buggy.PhoneNumbersOnly, TEXTS, ValueError, one_without_phone_number, 1)],
    20: [Bug(buggy.CredentialsForEverybody, CREDENTIALS, AssertionError, one_foreign_url, 1)],
    21: [Bug(buggy.StoreWithoutNul, TEXTS, ValueError, one_with_nul, 1)],
    23: [Bug(buggy.SeenBeforeWork, FAILURES, AssertionError, one_inbound, 1)],
    24: [Bug(buggy.CutsLongTexts, TEXTS, AssertionError, one_long_text, 1)],
    25: [Bug(buggy.OnlyStoredMessages, STATUS, AssertionError, one_before_its_message, 1)],
    27: [Bug(buggy.TextOfSmsOnly, TEXTS, AssertionError, one_over_rbm, 1)],
    28: [Bug(buggy.ExpiredReceiptIsFailure, STATUS, AssertionError, one_expired, 1)],
    29: [Bug(buggy.TwoAttachments, ATTACHMENTS, AssertionError, three_attachments, 1)],
}
"""The bugs by their numbers in `docs/mistakes.md`. Types or the endpoint check find the others."""

OTHERS: list[Bug] = [
    Bug(endpoints.TrustsJson, MALFORMED, SEVERAL, one_without_json, 0),
    Bug(endpoints.TrustsEvents, MALFORMED, KeyError, one_with_json_but_no_events, 0),
    Bug(buggy.DropsGoodEvents, MALFORMED, AssertionError, one_with_a_good_event, 0),
    Bug(buggy.OneCodeForOptOuts, OPT_OUTS, AssertionError, one_opt_out_by_code, 1),
    Bug(buggy.OneSpellingForOptOuts, OPT_OUTS, AssertionError, one_opt_out_by_keyword, 1),
]

NUMBERED = [
    (f"{number}-{bug.handler.__name__}-{bug.property}", bug)
    for number, bugs in {**BUGS, 0: OTHERS}.items()
    for bug in bugs
]
# Shrinking takes most of the time, so `make test` shrinks for one bug.
SHRUNK = NUMBERED[0]


@pytest.fixture(scope="module")
def page() -> dict[str, Any]:
    """Return the names that the page defines."""
    return run(ROOT / "docs/testing.md")


def property_of(page: Mapping[str, Any], name: str, how: settings) -> Callable[[], None]:
    """Return a property of the page with other settings."""
    if name == STEPS:
        return partial(run_state_machine_as_test, page[MACHINE], settings=how)
    found: Callable[[], None] = page[name]
    vars(found)["_hypothesis_internal_use_settings"] = how  # `@settings` can be applied only once
    return found


def arrivals_at_failure(
    bug: Bug, page: dict[str, Any], monkeypatch: pytest.MonkeyPatch, how: settings
) -> Arrivals:
    """Run a property that finds a bug, and return the last failing example."""
    monkeypatch.setitem(page, "Handler", type("Recorded", (Recorder, bug.handler), {}))
    with pytest.raises(bug.error):
        property_of(page, bug.property, how)()
    return Arrivals(Recorder.steps, Recorder.authorization)


def test_a_correct_handler_passes_every_property(page: dict[str, Any]) -> None:
    """The page calls each property, so running the page is the test."""
    assert {bug.property for bugs in [*BUGS.values(), OTHERS] for bug in bugs} <= {*page, STEPS}
    assert MACHINE in page


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", sorted({bug.property for _, bug in NUMBERED}))
def test_a_correct_handler_passes_a_property_with_many_examples(
    name: str, page: dict[str, Any]
) -> None:
    property_of(page, name, FIND)()


@pytest.mark.filterwarnings("ignore:Generating overly large repr")
@pytest.mark.parametrize("bug", [pytest.param(bug, id=name) for name, bug in NUMBERED])
def test_a_property_finds_the_bug(
    bug: Bug, page: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The correct handler passes the same examples when the page runs."""
    assert bug.shows(arrivals_at_failure(bug, page, monkeypatch, FIND))


@pytest.mark.filterwarnings("ignore:Generating overly large repr")  # before shrinking
@pytest.mark.parametrize(
    "bug",
    [
        pytest.param(bug, id=name, marks=() if (name, bug) == SHRUNK else pytest.mark.exhaustive)
        for name, bug in NUMBERED
    ],
)
def test_the_smallest_example_shows_the_bug(
    bug: Bug, page: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    arrivals = arrivals_at_failure(bug, page, monkeypatch, SHRINK)
    assert bug.shows(arrivals)
    assert bug.property == MALFORMED or len(arrivals.events) <= bug.events + SPARE
