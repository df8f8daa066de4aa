"""The pictures are legible at both widths, in light and dark."""

import re
from pathlib import Path
from typing import Any, Final

import pytest
from bodies import ROOT
from playwright.sync_api import Page

from .site import PAGES, SITE, views, watched

_WITH_PICTURES: Final = [name for name in PAGES if 'role="img"' in (SITE / name).read_text()]
_FILES: Final = [*sorted((ROOT / "docs/pictures").glob("*.svg")), ROOT / "docs/performance.svg"]
assert _WITH_PICTURES
assert _FILES

# For each picture what is drawn: its place in the window, and the colours that it really has.
_DRAWN: Final = """() => [...document.querySelectorAll("article svg[role=img]")].map(svg => ({
    title: svg.querySelector("title").textContent,
    ...place(svg),
    texts: [...svg.querySelectorAll("text")].map(text => ({
        title: text.textContent,
        size: parseFloat(getComputedStyle(text).fontSize)
            * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width,
        colour: getComputedStyle(text).fill,
        ...place(text),
    })),
    colours: [...svg.querySelectorAll("path, rect, use")]
        .map(shape => getComputedStyle(shape))
        .flatMap(style => [[style.fill, style.fillOpacity], [style.stroke, style.strokeOpacity]])
        .filter(([colour, opacity]) => colour != "none" && opacity == 1)
        .map(([colour]) => colour),
}))""".replace(
    "place",
    "(element => (({left, top, right, bottom}) => ({left, top, right, bottom}))"
    "(element.getBoundingClientRect()))",
)

# The usual one, and Debian's widest, which stands for all that readers may have.
_FONTS: Final = ("", "DejaVu Sans")


@pytest.mark.parametrize("name", _WITH_PICTURES)
def test_the_words_of_a_picture_fit_and_can_be_read(name: str, page: Page) -> None:
    with watched(page):
        page.goto(name)
    for font in _FONTS:
        page.evaluate("font => document.body.style.fontFamily = font", font)
        for _ in views(page):
            for picture in page.evaluate(_DRAWN):
                judge(picture["texts"], picture)


def judge(texts: list[dict[str, Any]], picture: dict[str, float]) -> None:
    assert texts
    for number, text in enumerate(texts):
        assert picture["left"] <= text["left"], text
        assert text["right"] <= picture["right"], text
        assert picture["top"] <= text["top"], text
        assert text["bottom"] <= picture["bottom"], text
        assert text["size"] > 10, text
        for other in texts[:number]:
            assert (
                text["left"] >= other["right"] - 1
                or text["right"] <= other["left"] + 1
                or text["top"] >= other["bottom"] - 1
                or text["bottom"] <= other["top"] + 1
            ), (text, other)


def luminance(colour: str) -> float:
    """Compute the relative luminance of a colour, as WCAG 2 defines it."""
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4
        for part in (int(digits) / 255 for digits in re.findall(r"\d+", colour)[:3])
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted(map(luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_the_contrast_of_black_and_white_is_21() -> None:
    assert contrast("rgb(0, 0, 0)", "rgb(255, 255, 255)") == pytest.approx(21)


@pytest.mark.parametrize("name", _WITH_PICTURES)
def test_a_picture_has_the_contrast_that_wcag_demands(name: str, page: Page) -> None:
    """7 to 1 for text (1.4.6), and 3 to 1 for what else is drawn (1.4.11)."""
    page.goto(name)
    for _ in views(page):
        background = page.evaluate("getComputedStyle(document.body).backgroundColor")
        for picture in page.evaluate(_DRAWN):
            for text in picture["texts"]:
                assert contrast(text["colour"], background) >= 7, text
            for colour in set(picture["colours"]):
                assert contrast(colour, background) >= 3, (picture["title"], colour)


@pytest.mark.parametrize("name", _WITH_PICTURES)
def test_a_picture_follows_the_switch_of_the_theme(name: str, page: Page) -> None:
    page.goto(name)
    themes: set[str] = set()
    for _ in ("automatic", "light", "dark"):
        page.locator(".theme-toggle:visible").first.click()
        themes.add(str(page.evaluate("document.body.dataset.theme")))
        text = page.evaluate("getComputedStyle(document.querySelector('article')).color")
        for picture in page.evaluate(_DRAWN):
            assert {each["colour"] for each in picture["texts"]} == {text}
    assert themes == {"auto", "light", "dark"}


@pytest.mark.parametrize("path", _FILES, ids=lambda path: path.name)
def test_the_file_of_a_picture_follows_the_system(path: Path, page: Page) -> None:
    """A code host shows the file as an image, on which no style sheet of a page has an effect."""
    page.goto(path.as_uri())
    for view in views(page):
        colour = page.evaluate("getComputedStyle(document.querySelector('text')).fill")
        assert luminance(colour) == (0 if view.scheme == "light" else 1)
