"""The first search result answers the question."""

from typing import Final

import pytest
from playwright.sync_api import Page

from .site import watched

FIRST: Final = {
    "dedupe_key": {"api/core", "answering"},
    "retry": {"answering", "delivery"},
    "opt out": {"handling"},
    "STOP": {"handling"},
    "401": {"answering"},
    "4720": {"error-codes"},
    "9902": {"error-codes"},
    "idempotency": {"answering"},
    "migrate": {"migrating"},
    "signature": {"SECURITY"},
}
"""For each search, the pages of which one has to come first."""


@pytest.mark.parametrize(("words", "pages"), FIRST.items())
def test_the_first_result_is_the_page_that_answers(
    words: str, pages: set[str], page: Page, site: str
) -> None:
    with watched(page):
        page.goto("index.html")
        page.get_by_placeholder("Search").fill(words)
        page.keyboard.press("Enter")
        page.get_by_text("Search finished").wait_for()
        results = page.locator("#search-results .search > li > a").all()
        found = [str(result.evaluate("link => link.href")) for result in results]
        page.wait_for_load_state("networkidle")  # with an extract of each
    assert found
    first = found[0].removeprefix(f"{site}/").partition(".html")[0]
    assert first in pages, found[:5]


def test_a_phone_shows_the_list_of_pages_on_request(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 900})
    with watched(page):
        page.goto("index.html")
        contents = page.locator(".sidebar-drawer")
        link = contents.get_by_role("link", name="Error codes")
        assert contents.evaluate("drawer => drawer.getBoundingClientRect().right") <= 0
        page.locator("label[for=__navigation]:visible").first.click()
        link.click()
        page.wait_for_url("**/error-codes.html")
    assert page.locator("h1").inner_text().startswith("Error codes")
