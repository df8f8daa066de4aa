"""The strategy for outages of a store."""

from collections.abc import Iterable
from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn


class Outage:
    """An outage of a store: some of its statements fail.

    Call `next_fails` before each statement, and let the statement fail where it returns
    `True`. After the last failure, the store works again: a handler that is called again and
    again, as Bandwidth calls it, must succeed in the end.
    """

    def __init__(self, failing: Iterable[int]) -> None:
        self.failing: Final = frozenset(failing)
        """The statements that fail, counted from 1."""

        self.statements: int = 0
        """How many statements there have been."""

    def next_fails(self) -> bool:
        """Count a statement, and return whether it has to fail."""
        self.statements += 1
        return self.statements in self.failing

    def __repr__(self) -> str:
        return f"Outage({sorted(self.failing)})"


_STATEMENTS: Final = st.integers(1, 40)


@st.composite
def outages(draw: DrawFn) -> Outage:
    """Generate outages of a store, which hit any statement of a handler, and several of them.

    A handler that has marked an event as seen and then fails loses the event, unless both are
    one transaction. An outage at each statement in turn finds that.

    Returns:
        An `Outage` that has at least one failing statement among the first forty.
    """
    return Outage(draw(st.lists(_STATEMENTS, min_size=1, max_size=4)))
