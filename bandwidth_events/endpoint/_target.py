"""The URL of an endpoint, whether it may be called, and for how long."""

import math
from ipaddress import IPv6Address, ip_address
from typing import Final

import httpx

_LAST_PORT: Final = 65_535
_LOOPBACK: Final = IPv6Address("::1")


def target(url: str, *, allow_remote: bool) -> httpx.URL:
    """Parse the URL of an endpoint, without looking anything up.

    Args:
        url: An absolute HTTP or HTTPS URL.
        allow_remote: Whether its host may be another than this machine.

    Raises:
        ValueError: It is no such URL, it holds credentials, or its host is not a
            loopback address and remote hosts are not allowed.
    """
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        # Without its text, which quotes the URL, and a URL may hold a password.
        raise ValueError("url: not a URL") from None
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise ValueError("url: expected http://… or https://…")
    if parsed.port is not None and not 0 < parsed.port <= _LAST_PORT:
        raise ValueError("url: no such port")
    if parsed.userinfo:
        raise ValueError("url: holds credentials; pass them apart from it")
    if not (allow_remote or _is_loopback(parsed.raw_host.decode())):
        raise ValueError(
            f"url: {parsed.host} is not a loopback address; to call it all the same takes"
            " allow_remote, or --allow-remote"
        )
    return parsed


def seconds(name: str, number: float) -> float:
    """Return a number of seconds if it is one.

    Raises:
        ValueError: It is not above 0, or not finite.
    """
    if not 0 < number < math.inf:
        raise ValueError(f"{name}: expected a number of seconds above 0")
    return number


def _is_loopback(host: str) -> bool:
    """Decide by the name alone: a lookup would already leave this machine."""
    if host == "localhost":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    # Python's versions disagree about IPv4 within IPv6, and a zone would be looked up.
    return address.is_loopback if address.version == 4 else address == _LOOPBACK  # noqa: PLR2004  # IPv4
