"""Two requests before a check: whether there is anything to check, and why much of it may fail."""

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
    HTTPStatus.METHOD_NOT_ALLOWED: "the route at this path takes no POST",
    HTTPStatus.GONE: "there is no route at this path any more",
    HTTPStatus.BAD_GATEWAY: "the server in front reaches no application",
    HTTPStatus.SERVICE_UNAVAILABLE: "the server in front reaches no application, or it is down",
    HTTPStatus.GATEWAY_TIMEOUT: "the server in front gets no answer from the application",
}
_FORBIDDEN: Final = (
    "every request gets 403, with credentials and without: a firewall, or a protection against"
    " forged requests, answers before the route (Django: decorate the view with csrf_exempt)"
)
_REFUSED: Final = (
    "every request with the credentials gets {status}: these are wrong, or something on the way"
    ' removes the Authorization header (Apache with mod_wsgi: "WSGIPassAuthorization On"; nginx'
    ' and its ingress: "proxy_set_header Authorization $http_authorization;")'
)
_REMAPPED: Final = (
    "AWS renames the challenge to x-amzn-Remapped-WWW-Authenticate, so that Bandwidth never sends"
    " the credentials: use an HTTP API or a load balancer, not a REST API or a Function URL"
)


class UnreachableError(Exception):
    """Nothing at the URL can answer a callback, so there is nothing to check.

    There is no host, no connection, no answer in time, or only answers such as 404 and redirects.
    """


def preflight(client: Client, credentials: BasicCredentials, random: Random) -> Cause | None:
    """Make Bandwidth's two requests, and return the cause for which many scenarios will fail.

    Raises:
        UnreachableError: Neither was answered as a callback can be.
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
    if dead_end is not None:  # behind something that asks for the credentials
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
    """Return why no callback can be answered like this."""
    if exchange.failure is not None or exchange.status is None:
        return exchange.detail
    if exchange.redirect == "slash":
        without = "out" * path.endswith("/")
        return f"{exchange.status}, a redirect: use the URL with{without} a slash at its end"
    if exchange.redirect is not None:
        return f"{exchange}: use the URL that it leads to"
    reason = _DEAD_ENDS.get(exchange.status)
    return reason and f"{exchange.status}: {reason}"
