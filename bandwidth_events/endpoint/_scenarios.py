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


_NEVER_ARRIVES: Final = (
    "No callback ever arrives: Bandwidth sends credentials only when challenged."
)
_INJECTION: Final = "Anyone who knows the URL can inject messages."
_RETRY_STORM: Final = "Bandwidth retries every such callback for 24 hours, then drops it for good."
_LOST: Final = "Bandwidth retries for 24 hours, then drops the callback: its text is lost."

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
        sent="a text without credentials: Bandwidth's first request, or an attacker's",
        expected="401 with WWW-Authenticate: Basic",
        cost=f"{_NEVER_ARRIVES} Or, if the endpoint accepts the text: {_INJECTION}",
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
        sent="texts with wrong passwords that match the right one up to a colon",
        expected="401 or 403",
        cost="The endpoint cuts passwords at the colon: it rejects correct credentials, or accepts"
        " wrong ones.",
        requests=requests.colon_in_password,
        accepts=_is_refusal,
    ),
    Scenario(
        "non-ascii-password",
        sent="a text with a password that contains ö and an emoji",
        expected="401 or 403",
        cost="Anyone can crash the endpoint, and Bandwidth cannot use a non-ASCII password.",
        requests=requests.non_ascii_password,
        accepts=_is_refusal,
    ),
    Scenario(
        "hostile-authorization",
        sent="Authorization headers with invalid base64, non-ASCII bytes, no colon, and more",
        expected="4xx",
        cost="Anyone can crash the endpoint, or bypass its authentication.",
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
        sent="messages without a text, or from a short code or a name",
        expected="2xx",
        cost=_LOST,
        requests=requests.sparse_event,
        accepts=_is_success,
    ),
    Scenario(
        "group-message",
        sent="delivery events for three recipients of one message, with the same message id",
        expected="2xx",
        cost=_RETRY_STORM,
        requests=requests.group_message,
        accepts=_is_success,
    ),
    Scenario(
        "control-characters",
        sent="texts with U+0000 and with every other control character",
        expected="2xx",
        cost="Some databases, such as PostgreSQL, reject U+0000: Bandwidth retries for 24 hours,"
        " then drops the callback.",
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
        sent="events of types that Bandwidth does not send yet",
        expected="2xx",
        cost=_RETRY_STORM,
        requests=requests.unknown_type,
        accepts=_is_success,
    ),
    Scenario(
        "unknown-keys",
        sent="texts with keys and values that Bandwidth does not send yet",
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
        sent="duplicates of every event, in the same and in different bytes, one by one and all"
        " together",
        expected="2xx",
        cost="Every retry fails until Bandwidth gives up, or a message is handled twice.",
        requests=requests.duplicate,
        accepts=_is_success,
    ),
    Scenario(
        "simultaneous-duplicate",
        sent="new events, each twice at the same time",
        expected="2xx",
        cost="A message is handled twice, or a retry fails: the endpoint looks up a key and inserts"
        " it too late.",
        requests=requests.simultaneous_duplicate,
        accepts=_is_success,
    ),
    Scenario(
        "malformed-json",
        sent="bodies with invalid or hostile JSON",
        expected="2xx or 4xx, preferably 400; no 5xx, and no dropped connection",
        cost="Anyone with the credentials can crash the endpoint, and Bandwidth retries for 24"
        " hours.",
        requests=requests.malformed_json,
        accepts=_is_answer,
    ),
    Scenario(
        "malformed-event",
        sent="JSON without an event, or with an event that lacks fields or has wrong types",
        expected="2xx or 4xx, preferably 400; no 5xx, and no dropped connection",
        cost="Anyone with the credentials can crash the endpoint, and Bandwidth retries for 24"
        " hours.",
        requests=requests.malformed_event,
        accepts=_is_answer,
    ),
    Scenario(
        "quoted-answer",
        sent="invalid and valid bodies and credentials",
        expected="an answer that does not quote them",
        cost="Private texts, numbers and passwords end up in the logs of every system between you"
        " and Bandwidth.",
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
        sent="a text with Expect: 100-continue, whose body follows after 100 Continue or a second",
        expected="2xx",
        cost="Behind a proxy that sends this header, no callback ever arrives.",
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
        expected="2xx: all within Bandwidth's 10 seconds, 99 of 100 within half of that",
        cost="Bandwidth retries callbacks that take longer, and they are handled twice.",
        requests=requests.timed,
        accepts=_is_success,
        p99_share=0.5,
    ),
    Scenario(
        "concurrent-callbacks",
        sent=f"{requests.CONCURRENT} texts at the same time",
        expected="2xx",
        cost="Texts are retried, or lost, whenever many people write at the same time.",
        requests=requests.concurrent,
        accepts=_is_success,
    ),
)
"""Every scenario, in the order in which `check` runs them."""
