"""The strategy for outages of a store."""

from collections.abc import Iterable
from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn


class Outage:
    """An outage of a store: some of its statements fail.

    Call `next_fails` before each statement, and make the statement fail if it returns
    `True`. After the last failure, the store works again, so a handler must
    succeed in the end if the test retries, as Bandwidth does.
    """

    def __init__(self, failing: Iterable[int]) -> None:
        self.failing: Final = frozenset(failing)
        """The numbers of the statements that fail, starting at 1."""

        self.statements: int = 0
        """The number of statements so far."""

    def next_fails(self) -> bool:
        """Count a statement, and return whether it must fail."""
        self.statements += 1
        return self.statements in self.failing

    def __repr__(self) -> str:
        return f"Outage({sorted(self.failing)})"


_STATEMENTS: Final = st.integers(1, 40)


@st.composite
def outages(draw: DrawFn) -> Outage:
    """Generate outages of a store: one or several statements of a handler fail.

    A handler that marks an event as seen and then fails loses the event, unless both steps
    are in one transaction. Outages at every possible statement expose this bug.

    Returns:
        An `Outage` with one to four failing statements among the first forty.
    """
    return Outage(draw(st.lists(_STATEMENTS, min_size=1, max_size=4)))
