"""Make two requests before a check, to find out whether and why most scenarios would fail."""

from http import HTTPStatus
from random import Random
from typing import Final

from bandwidth_events._auth import BasicCredentials
from bandwidth_events.testing import inbound_message

from ._client import Client
from ._exchange import Exchange
from ._requests import message_id, post
from ._scenario import Cause

_DEAD_ENDS: Final[dict[int, str]] = {
    HTTPStatus.NOT_FOUND: "there is no route at this path",
    HTTPStatus.METHOD_NOT_ALLOWED: "the route at this path does not accept POST",
    HTTPStatus.GONE: "the route at this path no longer exists",
    HTTPStatus.BAD_GATEWAY: "the proxy cannot reach the application",
    HTTPStatus.SERVICE_UNAVAILABLE: (
        "the proxy cannot reach the application, or the application is down"
    ),
    HTTPStatus.GATEWAY_TIMEOUT: "the application does not answer the proxy",
}
_FORBIDDEN: Final = (
    "every request gets 403, with or without credentials: a firewall or a CSRF protection answers"
    " before the route (Django: decorate the view with csrf_exempt)"
)
_REFUSED: Final = (
    "every request with the credentials gets {status}: the credentials are wrong, or a proxy"
    ' removes the Authorization header (Apache with mod_wsgi: "WSGIPassAuthorization On"; nginx'
    ' and its ingress: "proxy_set_header Authorization $http_authorization;")'
)
_REMAPPED: Final = (
    "AWS renames the challenge to x-amzn-Remapped-WWW-Authenticate, so Bandwidth never sends the"
    " credentials: use an HTTP API or a load balancer, not a REST API or a Function URL"
)


class UnreachableError(Exception):
    """Nothing at the URL can answer a callback, so there is nothing to check.

    The host does not exist, refuses connections, does not answer in time, or returns only
    answers such as 404 and redirects.
    """


def preflight(client: Client, credentials: BasicCredentials, random: Random) -> Cause | None:
    """Make Bandwidth's two requests, and return a cause that will make many scenarios fail.

    Raises:
        UnreachableError: Neither request got an answer that a callback could get.
    """
    first = client.send(post("no credentials, no body", None, body=b""))
    if first.failure in {"unreachable", "tls"}:
        raise UnreachableError(first.detail)
    event = inbound_message(id=message_id(random))
    second = client.send(post("a text", credentials, event))
    dead_end = _dead_end(second, client.url.path)
    if dead_end is not None and _dead_end(first, client.url.path) is not None:
        raise UnreachableError(dead_end)
    if first.has_remapped_challenge and not first.has_challenge:
        return Cause(_REMAPPED, lambda exchange: exchange.has_remapped_challenge)
    if first.has_status(HTTPStatus.FORBIDDEN) and second.has_status(HTTPStatus.FORBIDDEN):
        return Cause(_FORBIDDEN, _is_refusal)
    if _is_refusal(second):
        return Cause(_REFUSED.format(status=second.status), _is_refusal_of_credentials)
    if dead_end is not None:  # behind a proxy that checks the credentials
        return Cause(
            f"every request with the credentials gets {dead_end}",
            lambda exchange: (
                exchange.has_authorization
                and (exchange.status, exchange.failure) == (second.status, second.failure)
            ),
        )
    return None


def _is_refusal(exchange: Exchange) -> bool:
    return exchange.has_status(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


def _is_refusal_of_credentials(exchange: Exchange) -> bool:
    return exchange.has_authorization and _is_refusal(exchange)


def _dead_end(exchange: Exchange, path: str) -> str | None:
    """Return why this cannot be the answer to a callback, or `None` if it can."""
    if exchange.failure is not None or exchange.status is None:
        return exchange.detail
    if exchange.redirect == "slash":
        without = "out" * path.endswith("/")
        return f"{exchange.status}, a redirect: use the URL with{without} a trailing slash"
    if exchange.redirect is not None:
        return f"{exchange}: use the URL that it redirects to"
    reason = _DEAD_ENDS.get(exchange.status)
    return reason and f"{exchange.status}: {reason}"
