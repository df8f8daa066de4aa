"""The effects of some bodies: as they should be, and as they are."""

from collections import Counter
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime

from durable.database import aware, reading
from durable.tables import DeadLetter, OptOut, Status, Text
from sqlalchemy import Engine, select, text

from bandwidth_events import (
    BaseMessageEvent,
    CallbackParseError,
    InboundMessageEvent,
    MessageFailedEvent,
    StatusEvent,
    parse_callback,
)

from .history import TOO_LARGE

Dead = tuple[bytes, tuple[str, ...]]


@dataclass
class Outcome:
    """The contents of a database, without ids and times of its own."""

    keys: Counter[str] = field(default_factory=Counter[str])
    texts: Counter[tuple[str, ...]] = field(default_factory=Counter[tuple[str, ...]])
    statuses: dict[tuple[str, str], tuple[int, int | None]] = field(
        default_factory=dict[tuple[str, str], tuple[int, int | None]]
    )
    opt_outs: dict[tuple[str, str], tuple[datetime, bool]] = field(
        default_factory=dict[tuple[str, str], tuple[datetime, bool]]
    )
    dead: Counter[Dead] = field(default_factory=Counter[Dead])
    """Bodies and codes. A malformed body that comes twice is there once."""

    def difference(self, expected: "Outcome") -> str | None:
        """Describe the first difference; `None` if there is none."""
        pairs: dict[str, tuple[AbstractSet[object], AbstractSet[object]]] = {
            "keys": (self.keys.items(), expected.keys.items()),
            "texts": (self.texts.items(), expected.texts.items()),
            "statuses": (self.statuses.items(), expected.statuses.items()),
            "opt-outs": (self.opt_outs.items(), expected.opt_outs.items()),
            "dead letters": (self.dead.items(), expected.dead.items()),
        }
        for name, (actual, wanted) in pairs.items():
            if actual != wanted:
                return (
                    f"{name}: missing or other: {_first(wanted, actual)};"
                    f" foreign, double or other: {_first(actual, wanted)}"
                )
        return None


def _first(some: AbstractSet[object], others: AbstractSet[object]) -> str:
    differing = some - others
    return (
        f"{repr(min(differing, key=repr))[:150]} and {len(differing) - 1} more"
        if differing
        else "none"
    )


def expected(bodies: Iterable[bytes]) -> Outcome:
    """Compute the effects of bodies that all arrive, without faults, one after another.

    Written without the recipe's code, so that it does not share the recipe's mistakes.
    """
    outcome = Outcome()
    for body in bodies:
        try:
            events, codes = parse_callback(body), list[str]()
        except CallbackParseError as error:
            events, codes = error.events, [each.code for each in error.errors]
        for event in events:
            if isinstance(event, MessageFailedEvent) and event.error_code == TOO_LARGE:
                codes.append("refused")
            elif event.dedupe_key not in outcome.keys:
                outcome.keys[event.dedupe_key] = 1
                if isinstance(event, BaseMessageEvent):
                    _apply(outcome, event)
        if codes:
            outcome.dead[body, tuple(codes)] = 1
    return outcome


def _apply(outcome: Outcome, event: BaseMessageEvent) -> None:
    wish: bool | None = None
    if isinstance(event, InboundMessageEvent):
        written = event.text.replace("\0", "␀")
        outcome.texts[event.message.id, event.to, event.message.from_, written] += 1
        wish = {"stop": True, "start": False}.get(event.keyword or "")
    elif isinstance(event, MessageFailedEvent) and event.error and event.error.cause == "opt-out":
        wish = True
    if isinstance(event, StatusEvent):
        place = (event.message.id, event.to)
        stage, largest = outcome.statuses.get(place, (0, None))
        code = event.error_code if isinstance(event, MessageFailedEvent) else None
        if event.stage > stage:
            outcome.statuses[place] = (event.stage, code)
        elif event.stage == stage and code is not None:
            outcome.statuses[place] = (stage, code if largest is None else max(code, largest))
    if wish is not None:
        pair = (event.our_number, event.counterparty)
        said = (event.time, wish)
        outcome.opt_outs[pair] = max(said, outcome.opt_outs.get(pair, said))


def actual(engine: Engine) -> Outcome:
    """Read the effects from a database."""
    with reading(engine).connect() as connection:
        return Outcome(
            Counter(connection.execute(text("SELECT dedupe_key FROM witness")).scalars()),
            Counter(
                tuple(row)
                for row in connection.execute(
                    select(Text.message_id, Text.our_number, Text.counterparty, Text.text)
                )
            ),
            {
                (message_id, recipient): (stage, code)
                for message_id, recipient, stage, code in connection.execute(
                    select(Status.message_id, Status.recipient, Status.stage, Status.error_code)
                )
            },
            {
                (ours, theirs): (aware(time), is_opted_out)
                for ours, theirs, time, is_opted_out in connection.execute(
                    select(OptOut.our_number, OptOut.counterparty, OptOut.time, OptOut.is_opted_out)
                )
            },
            Counter(
                (body, tuple(code for code, _ in reasons))
                for body, reasons in connection.execute(select(DeadLetter.body, DeadLetter.reasons))
            ),
        )
