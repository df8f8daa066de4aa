"""The browser, and what it looks at, once for each process of the tests."""

from collections.abc import Generator
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from .site import serving

_CHROMIUM: Final = "/usr/bin/chromium-headless-shell"  # Debian's, without windows

# Root has no sandbox, and the rest keeps Chromium from calling Google.
_FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def site() -> Generator[str, None, None]:
    with serving() as url:
        yield url


@pytest.fixture(scope="session")
def browser() -> Generator[Browser, None, None]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=_FLAGS)
        with browser:
            yield browser


@pytest.fixture
def page(browser: Browser, site: str) -> Generator[Page, None, None]:
    """Open a page; the addresses that it goes to are relative to the site's."""
    with browser.new_page(
        base_url=f"{site}/", permissions=["clipboard-read", "clipboard-write"]
    ) as page:
        yield page
