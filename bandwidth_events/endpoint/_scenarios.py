"""The scenarios that come with the library."""

from http import HTTPStatus
from typing import Final

from . import _requests as requests
from ._exchange import Exchange
from ._scenario import Scenario


def _is_challenge(exchange: Exchange) -> bool:
    return exchange.is_challenge


def _is_refusal(exchange: Exchange) -> bool:
    return exchange.has_status(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


def _is_client_error(exchange: Exchange) -> bool:
    return exchange.has_status(*range(400, 500))


def _is_answer(exchange: Exchange) -> bool:
    return exchange.is_success or _is_client_error(exchange)


def _is_success_or_too_large(exchange: Exchange) -> bool:
    return exchange.is_success or exchange.has_status(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def _is_discreet_answer(exchange: Exchange) -> bool:
    return exchange.failure is None and not exchange.is_quoting


def _is_success(exchange: Exchange) -> bool:
    return exchange.is_success


_NEVER_ARRIVES: Final = "No callback ever arrives: Bandwidth sends the credentials only if asked."
_INJECTION: Final = "Anyone who knows the URL can inject messages."
_RETRY_STORM: Final = "Every such callback is retried for 24 hours, then dropped for good."
_LOST: Final = "Retried for 24 hours, then dropped: a text cannot be fetched again."

SCENARIOS: Final[tuple[Scenario, ...]] = (
    Scenario(
        "first-request-empty",
        sent="a POST with neither credentials nor a body: Bandwidth's first request",
        expected="401 with WWW-Authenticate: Basic",
        cost=_NEVER_ARRIVES,
        requests=requests.first_without_body,
        accepts=_is_challenge,
    ),
    Scenario(
        "first-request-with-body",
        sent="a text without credentials: Bandwidth's first request, or a stranger's",
        expected="401 with WWW-Authenticate: Basic",
        cost=f"{_NEVER_ARRIVES} Or, if it is accepted: {_INJECTION}",
        requests=requests.first_with_body,
        accepts=_is_challenge,
    ),
    Scenario(
        "wrong-username",
        sent="a text with another user name and the right password",
        expected="401 or 403",
        cost=_INJECTION,
        requests=requests.wrong_username,
        accepts=_is_refusal,
    ),
    Scenario(
        "wrong-password",
        sent="a text with the right user name and another password",
        expected="401 or 403",
        cost=_INJECTION,
        requests=requests.wrong_password,
        accepts=_is_refusal,
    ),
    Scenario(
        "colon-in-password",
        sent="texts with passwords that are right up to a colon",
        expected="401 or 403",
        cost="A password with a colon is cut there: rightful requests are refused, or others let"
        " in.",
        requests=requests.colon_in_password,
        accepts=_is_refusal,
    ),
    Scenario(
        "non-ascii-password",
        sent="a text with a password that holds ö and an emoji",
        expected="401 or 403",
        cost="Anyone can crash the endpoint, and a password beyond ASCII shuts Bandwidth out.",
        requests=requests.non_ascii_password,
        accepts=_is_refusal,
    ),
    Scenario(
        "hostile-authorization",
        sent="Authorization headers that are not base64, not ASCII, without a colon, and worse",
        expected="4xx",
        cost="Anyone can crash the endpoint, or get in.",
        requests=requests.hostile_authorization,
        accepts=_is_client_error,
    ),
    Scenario(
        "every-event-type",
        sent="an event of every type that Bandwidth documents",
        expected="2xx",
        cost=_LOST,
        requests=requests.every_type,
        accepts=_is_success,
    ),
    Scenario(
        "sparse-event",
        sent="messages without text, or from a short code or a name",
        expected="2xx",
        cost=_LOST,
        requests=requests.sparse_event,
        accepts=_is_success,
    ),
    Scenario(
        "group-message",
        sent="one message's delivery to three recipients, which share its id",
        expected="2xx",
        cost=_RETRY_STORM,
        requests=requests.group_message,
        accepts=_is_success,
    ),
    Scenario(
        "control-characters",
        sent="texts with U+0000 and with every other control character",
        expected="2xx",
        cost="PostgreSQL, for one, refuses U+0000 in a text: retried for 24 hours, then lost.",
        requests=requests.control_characters,
        accepts=_is_success,
    ),
    Scenario(
        "long-text",
        sent="a text of 10,000 characters",
        expected="2xx",
        cost=_LOST,
        requests=requests.long_text,
        accepts=_is_success,
    ),
    Scenario(
        "unknown-type",
        sent="events of types that do not exist yet",
        expected="2xx",
        cost=_RETRY_STORM,
        requests=requests.unknown_type,
        accepts=_is_success,
    ),
    Scenario(
        "unknown-keys",
        sent="texts with keys and values that do not exist yet",
        expected="2xx",
        cost=_LOST,
        requests=requests.unknown_keys,
        accepts=_is_success,
    ),
    Scenario(
        "several-events",
        sent="one body with an event of every type",
        expected="2xx",
        cost=_LOST,
        requests=requests.several_events,
        accepts=_is_success,
    ),
    Scenario(
        "duplicate",
        sent="every event again, in the same bytes and others, one by one and all at once",
        expected="2xx",
        cost="Every retry fails like this one, until Bandwidth gives up; or a message is handled"
        " twice.",
        requests=requests.duplicate,
        accepts=_is_success,
    ),
    Scenario(
        "simultaneous-duplicate",
        sent="new events, each twice at the same moment",
        expected="2xx",
        cost="A message is handled twice, or a retry fails: looking a key up and inserting it later"
        " is too late.",
        requests=requests.simultaneous_duplicate,
        accepts=_is_success,
    ),
    Scenario(
        "malformed-json",
        sent="bodies that are not JSON, or hostile JSON",
        expected="an answer, best 400; no 5xx, and no dropped connection",
        cost="A crash that anyone with the credentials can cause; retried for 24 hours.",
        requests=requests.malformed_json,
        accepts=_is_answer,
    ),
    Scenario(
        "malformed-event",
        sent="JSON that holds no event, or one with parts missing or of the wrong type",
        expected="an answer, best 400; no 5xx, and no dropped connection",
        cost="A crash that anyone with the credentials can cause; retried for 24 hours.",
        requests=requests.malformed_event,
        accepts=_is_answer,
    ),
    Scenario(
        "quoted-answer",
        sent="bodies and credentials that are wrong, and right ones",
        expected="an answer that quotes nothing of them",
        cost="Private texts, numbers and passwords get into the logs of everything between you and"
        " Bandwidth.",
        requests=requests.quoted_answer,
        accepts=_is_discreet_answer,
    ),
    Scenario(
        "chunked-body",
        sent="texts with Transfer-Encoding: chunked, as some proxies forward them",
        expected="2xx",
        cost="Behind such a proxy, no callback ever arrives.",
        requests=requests.chunked_body,
        accepts=_is_success,
    ),
    Scenario(
        "expect-continue",
        sent="a text with Expect: 100-continue, whose body follows after the server's go-ahead or"
        " one second",
        expected="2xx",
        cost="Behind a proxy that asks first, no callback ever arrives.",
        requests=requests.expect_continue,
        accepts=_is_success,
    ),
    Scenario(
        "large-body",
        sent="a text in a body of 1 MiB",
        expected="2xx, or 413",
        cost=_RETRY_STORM,
        requests=requests.large_body,
        accepts=_is_success_or_too_large,
    ),
    Scenario(
        "slow-answer",
        sent="108 callbacks of every type, 9 at a time, some with ten pictures",
        expected="2xx in time: the worst within Bandwidth's 10 seconds, 99 of 100 within half",
        cost="What takes longer is sent again, and handled twice.",
        requests=requests.timed,
        accepts=_is_success,
        p99_share=0.5,
    ),
    Scenario(
        "concurrent-callbacks",
        sent=f"{requests.CONCURRENT} texts at the same time",
        expected="2xx",
        cost="Texts are retried, or lost, whenever many people write at once.",
        requests=requests.concurrent,
        accepts=_is_success,
    ),
)
"""Every scenario, in the order in which `check` runs them."""
