"""Every page is readable at both widths, in light and dark, and has no dead link."""

import ast
import re
from collections import Counter
from functools import cache
from html.parser import HTMLParser
from typing import Final
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from bodies import ROOT
from playwright.sync_api import Page

from .site import PAGES, SITE, unfold, views, watched

SCREENSHOTS: Final = ROOT / ".screenshots"
"""Screenshots of every page in every view, for people to look at."""

# The elements beyond the right edge of the window, except those in a container that scrolls.
_STICKING_OUT = """() => {
    const scrolls = element => element && (
        ["auto", "scroll"].includes(getComputedStyle(element).overflowX)
        || scrolls(element.parentElement));
    return [...document.querySelectorAll("article *")]
        .filter(element => !scrolls(element.parentElement))
        .filter(element => element.getBoundingClientRect().right > innerWidth)
        .map(element => element.outerHTML.slice(0, 100));
}"""

_BACKGROUND = """() => {
    const colour = getComputedStyle(document.body).backgroundColor;
    return colour.match(/[\\d.]+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0) / 765;
}"""


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_follows_the_scheme_and_lacks_nothing(name: str, page: Page) -> None:
    with watched(page):
        page.goto(name)
        unfold(page)
        for view in views(page):
            page.screenshot(
                path=SCREENSHOTS
                / str(view)
                / f"{name.removesuffix('.html').replace('/', '-')}.jpeg",
                full_page=True,
                quality=80,
            )
            assert page.evaluate(_STICKING_OUT) == [], view
            assert page.evaluate("document.documentElement.scrollWidth") <= view.width, view
            brightness = page.evaluate(_BACKGROUND)
            assert (brightness > 0.9) if view.scheme == "light" else (brightness < 0.1), view


# Copying

_TYPED = re.compile(r"(?:>>>|\.\.\.|\$) |$")


def what_is_typed(block: str) -> str:
    """Leave out prompts and output, if a block has prompts."""
    lines = block.rstrip("\n").split("\n")
    typed: list[str] = []
    for line in lines:
        match = _TYPED.match(line)
        if match:
            typed.append(line[match.end() :])
        elif typed and typed[-1].endswith("\\"):  # the line goes on
            typed.append(line)
    return "\n".join(typed if any(typed) else lines)


@pytest.mark.parametrize(
    "name", [name for name in PAGES if 'class="highlight' in (SITE / name).read_text()]
)
def test_each_copy_button_copies_code_that_can_be_pasted(name: str, page: Page) -> None:
    with watched(page):
        page.goto(name)
        unfold(page)
        blocks = page.locator("div.highlight")
        assert blocks.locator("button.copybtn").count() == blocks.count() > 0
        for block in blocks.all():
            block.locator("button.copybtn").click()
            page.wait_for_selector("button.copybtn.success")  # copying is asynchronous
            copied = page.evaluate("navigator.clipboard.readText()")
            assert copied.rstrip() == what_is_typed(block.locator("pre").inner_text()).rstrip()
            if "highlight-python" in block.evaluate("block => block.parentElement.className"):
                ast.parse(copied)
            page.evaluate("document.querySelector('.success').classList.remove('success')")


# Links


class _Links(HTMLParser):
    """The links of a page, and its anchors."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.targets: set[str] = set()
        self.ids: Counter[str] = Counter()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value and name in {"href", "src"} and tag != "use":
                self.targets.add(value)
            elif value and name == "id":
                self.ids[value] += 1


@cache
def _links(name: str) -> _Links:
    return _Links((SITE / name).read_text())


@pytest.mark.parametrize("name", PAGES)
def test_every_link_of_a_page_has_a_target(name: str) -> None:
    dead: list[str] = []
    for target in _links(name).targets:
        parts = urlsplit(urljoin(f"http://site/{name}", target))
        path = SITE / unquote(parts.path).lstrip("/")
        if parts.netloc != "site":
            is_there = parts.scheme == "https"  # nothing here asks other sites
        elif parts.fragment and path.suffix == ".html" and path.is_file():
            is_there = unquote(parts.fragment) in _links(str(path.relative_to(SITE))).ids
        else:
            is_there = path.is_file()
        if not is_there:
            dead.append(target)
    assert dead == []


@pytest.mark.parametrize("name", PAGES)
def test_no_two_anchors_of_a_page_have_the_same_name(name: str) -> None:
    assert [anchor for anchor, count in _links(name).ids.items() if count > 1] == []


@pytest.mark.parametrize("name", PAGES)
def test_every_page_has_an_icon(name: str) -> None:
    """A browser would ask for one that is not there."""
    assert any("_static/favicon.svg" in target for target in _links(name).targets)
