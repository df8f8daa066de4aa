"""The values of single fields, simplest first, as the wire has them."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any, Final
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from bandwidth_events._events import EVENT_CLASSES
from bandwidth_events._message import Content, LocationResponse, MediaFile, SuggestionResponse
from bandwidth_events.media import MEDIA_HOST

# Addresses. Every number has the exchange 555, as numbers in films do.

_SHORT_CODES: Final = st.integers(0, 999).map("55{:03}".format)
_SENDER_NAMES: Final = st.sampled_from(("KAYAKS4U", "Kayaks", "kayaks_agent", "24-7 KAYAK"))
_LAST_NUMBER: Final = 9999
_recipient: Final = "+1555555{:04}".format


def _addresses(number: Callable[[int], str]) -> SearchStrategy[str]:
    """Generate phone numbers, short codes and names: nobody's address is always a number."""
    return st.one_of(st.integers(0, _LAST_NUMBER).map(number), _SHORT_CODES, _SENDER_NAMES)


# Their numbers differ, so that an example tells one from the other.
SENDERS: Final[SearchStrategy[str]] = _addresses("+1919555{:04}".format)
RECIPIENTS: Final[SearchStrategy[str]] = _addresses(_recipient)

ONE_RECIPIENT: Final[SearchStrategy[tuple[str, ...]]] = RECIPIENTS.map(lambda address: (address,))

OUTBOUND_GROUPS: Final[SearchStrategy[tuple[str, ...]]] = st.lists(
    RECIPIENTS, min_size=1, max_size=3, unique=True
).map(tuple)
"""The recipients of an outbound MMS, each of whom every status is reported of."""

INBOUND_GROUPS: Final[SearchStrategy[tuple[str, ...]]] = st.one_of(
    OUTBOUND_GROUPS, st.integers(0, 9988).map(lambda n: tuple(map(_recipient, range(n, n + 12))))
)
"""The recipients of an inbound MMS, of whom there may be more than ten."""

# Texts

_GSM_7: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà^{}\\[~]|€"
)
# Nothing of these is typed into a phone, and databases refuse some.
_ANY_TEXT: Final = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=160)
_LONGEST: Final = 1600

TEXTS: Final[SearchStrategy[str]] = st.one_of(
    st.text(_GSM_7, max_size=160),
    st.sampled_from(
        (
            "STOP",
            "The dock at six 🛶👩🏽‍🚀🏴󠁧󠁢󠁳󠁣󠁴󠁿",  # beyond the first plane, joined, tagged
            "הקיאק הכחול \u200f(2)",  # right to left
            "\u0301\u20dd",  # combining marks with nothing to combine with
            "e\u0301",  # not normalised
        )
    ),
    _ANY_TEXT,
    st.text(_GSM_7, min_size=1, max_size=9).map(lambda text: (text * _LONGEST)[:_LONGEST]),
)
"""What people write, up to 1,600 characters."""

DESCRIPTIONS: Final[SearchStrategy[str]] = st.sampled_from(("ok", "")) | st.text(
    _GSM_7, max_size=30
)
"""What Bandwidth writes for people to read."""

# Times

_EPOCH: Final = datetime(2026, 1, 1, tzinfo=timezone.utc)
_FRACTIONS: Final = st.one_of(
    st.just(0), st.integers(0, 999).map((1000).__mul__), st.integers(0, 999_999)
)

TIMES: Final[SearchStrategy[datetime]] = st.builds(
    timedelta, st.integers(0, 3652), st.integers(0, 86_399), _FRACTIONS
).map(_EPOCH.__add__)
"""Moments in UTC: in whole seconds, milliseconds or microseconds."""

SECONDS: Final[SearchStrategy[timedelta]] = st.integers(0, 60).map(
    lambda seconds: timedelta(seconds=seconds)
)
DELAYS: Final[SearchStrategy[timedelta]] = SECONDS | st.integers(0, 73 * 3_600_000).map(
    lambda milliseconds: timedelta(milliseconds=milliseconds)
)
"""How long after its message an event happens: receipts can take 73 hours."""

# Ids. The parts that tell them apart are as large as both shapes can hold.

APPLICATION_IDS: Final[SearchStrategy[str]] = st.sampled_from(
    ("93de2206-9669-4e07-948d-329f4b722ee2", "b0c8f5a4-1d3e-4a6b-9c7d-2e5f8a1b4c6d")
)

ID_NUMBERS: Final[SearchStrategy[int]] = st.integers(0, 2**61)


def inbound_id(number: int) -> str:
    """Give a message's id as it is inbound: a UUID."""
    return str(UUID(int=number, version=4))


def outbound_id(number: int) -> str:
    """Give a message's id as it is outbound: 29 characters, which begin with a time."""
    return f"1783339262170{number:016x}"


# Media

_FILES: Final = st.sampled_from(
    ("dock.jpg", "a b.png", "video", "..%2F..%2Fetc%2Fpasswd", "%F0%9F%9B%B6.gif", "con.txt")
)
_LAYOUTS: Final = st.sampled_from(("smil.smil", "0.smil", "smil.xml"))
# Bandwidth's own examples leave the account's id open.
_ACCOUNTS: Final = st.sampled_from(("5555550", "{accountId}"))


def _bandwidth_urls(account: str, layout: list[str], files: list[str]) -> tuple[str, ...]:
    return tuple(
        f"https://{MEDIA_HOST}/api/v2/users/{account}/media/14762070468292kw2fuqty55yp2b2/{n}/{name}"
        for n, name in enumerate(layout + files)
    )


INBOUND_MEDIA: Final[SearchStrategy[tuple[str, ...]]] = st.builds(
    _bandwidth_urls, _ACCOUNTS, st.lists(_LAYOUTS, max_size=1), st.lists(_FILES, max_size=3)
)
"""What Bandwidth stored of an inbound MMS, often with its layout first."""

OUTBOUND_MEDIA: Final[SearchStrategy[tuple[str, ...]]] = st.lists(
    st.builds(
        "{}/{}".format,
        st.sampled_from(
            (
                "https://cdn.kayaks.example",
                f"https://{MEDIA_HOST}/api/v2/users/5555550/media",
                # Whoever sends credentials to one of these has lost them.
                f"https://{MEDIA_HOST}.kayaks.example",
                "https://messaging-bandwidth.com",
                "https://kayaks-bandwidth.com",
                f"https://{MEDIA_HOST}@kayaks.example",
                f"https://{MEDIA_HOST}:8443",
                f"http://{MEDIA_HOST}",
                f"https://kayaks.example/{MEDIA_HOST}",
                f"https://kayaks.example?{MEDIA_HOST}",
            )
        ),
        _FILES,
    ),
    min_size=1,
    max_size=3,
).map(tuple)
"""The URLs that the sender of an outbound MMS gave: anywhere, and some made to deceive."""

# What only messages over RBM hold

_RBM_FILES: Final = st.sampled_from(("dock.mp4", "dock.jpg")).map(
    f"https://{MEDIA_HOST}/api/v2/users/5555550/media/0/".__add__
)
MEDIA_FILES: Final[SearchStrategy[MediaFile]] = st.fixed_dictionaries(
    {"file_url": _RBM_FILES}, optional={"thumbnail_url": _RBM_FILES}
).map(lambda fields: MediaFile(**fields))

_CONTENT_FIELDS: Final[dict[str, SearchStrategy[Any]]] = {"text": TEXTS, "media": MEDIA_FILES}
CONTENTS: Final[SearchStrategy[Content]] = st.fixed_dictionaries({}, optional=_CONTENT_FIELDS).map(
    lambda fields: Content(**fields)
)

SUGGESTION_RESPONSES: Final[SearchStrategy[SuggestionResponse]] = st.fixed_dictionaries(
    {"text": TEXTS, "postback_data": st.sampled_from(("cmVudDpibHVl", ""))},
    optional={"paired_message_id": st.none() | ID_NUMBERS.map(outbound_id)},
).map(lambda fields: SuggestionResponse(**fields))


def _degrees(limit: int) -> SearchStrategy[str]:
    return st.decimals(-limit, limit, places=5).map(str)


LOCATION_RESPONSES: Final[SearchStrategy[LocationResponse]] = st.builds(
    LocationResponse, latitude=_degrees(90), longitude=_degrees(180)
)

ERROR_CODES: Final[SearchStrategy[int | None]] = (
    st.sampled_from((4406, 4475, 4720, 4775, 9902)) | st.integers(4000, 9999) | st.none()
)
"""Listed codes, codes to come, and none, which is not ruled out."""

# What this version does not know

UNKNOWN_TYPES: Final[SearchStrategy[str]] = st.sampled_from(
    ("message-translated", "request-location-response")  # one to come, and one that was renamed
) | _ANY_TEXT.filter(lambda type_: type_ not in EVENT_CLASSES)
"""Types that no class models."""

_SCALARS: Final[SearchStrategy[Any]] = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**53), 2**53), DESCRIPTIONS
)
_KEYS: Final[SearchStrategy[str]] = st.sampled_from(("id", "score", "text"))

JSON: Final[SearchStrategy[Any]] = st.one_of(
    _SCALARS, st.lists(_SCALARS, max_size=2), st.dictionaries(_KEYS, _SCALARS, max_size=2)
)
"""The value of a key to come."""
