"""Validate the URL of an endpoint and the time limit."""

import math
from ipaddress import IPv6Address, ip_address
from typing import Final

import httpx

_LAST_PORT: Final = 65_535
_LOOPBACK: Final = IPv6Address("::1")


def target(url: str, *, allow_remote: bool) -> httpx.URL:
    """Parse the URL of an endpoint, without a DNS lookup.

    Args:
        url: An absolute HTTP or HTTPS URL.
        allow_remote: Whether the host may be another machine.

    Raises:
        ValueError: The URL is invalid or contains credentials, or its host is not a
            loopback address and remote hosts are not allowed.
    """
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        # Without httpx's message, because it quotes the URL, which may contain a password.
        raise ValueError("url: invalid URL") from None
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise ValueError("url: expected http://… or https://…")
    if parsed.port is not None and not 0 < parsed.port <= _LAST_PORT:
        raise ValueError("url: invalid port")
    if parsed.userinfo:
        raise ValueError("url: contains credentials; pass them separately")
    if not (allow_remote or _is_loopback(parsed.raw_host.decode())):
        raise ValueError(
            f"url: {parsed.host} is not a loopback address; pass allow_remote=True or"
            " --allow-remote to call it"
        )
    return parsed


def seconds(name: str, number: float) -> float:
    """Validate and return a number of seconds.

    Raises:
        ValueError: The number is not above 0, or not finite.
    """
    if not 0 < number < math.inf:
        raise ValueError(f"{name}: expected a number of seconds above 0")
    return number


def _is_loopback(host: str) -> bool:
    """Decide by the name alone, because a DNS lookup would already leave this machine."""
    if host == "localhost":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    # Python versions disagree about IPv4 inside IPv6, and an address with a zone is looked up.
    return address.is_loopback if address.version == 4 else address == _LOOPBACK  # noqa: PLR2004  # IPv4
