"""The pictures of the documentation: what can be seen without a browser.

``make site-test`` looks at them in one.
"""

import re
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

import pytest
from bodies import ROOT
from pages import DOCS, PAGES

from bandwidth_events import DeliveryStage
from bandwidth_events.testing import message_delivered, message_failed

DRAWN: Final = sorted((DOCS / "pictures").glob("*.svg"))
ALL: Final = [*DRAWN, DOCS / "performance.svg"]  # `make bench` writes the last one
SVG: Final = "{http://www.w3.org/2000/svg}"


def read(path: Path) -> ET.Element:
    return ET.fromstring(path.read_bytes())  # noqa: S314  # our own files


def words(path: Path) -> str:
    return " ".join("".join(text.itertext()) for text in read(path).iter(f"{SVG}text"))


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.name)
def test_a_picture_has_the_width_of_a_phone(path: Path) -> None:
    root = read(path)
    width, height = root.get("width"), root.get("height")
    assert (width, root.get("viewBox")) == ("360", f"0 0 360 {height}")


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.name)
def test_a_picture_is_described_to_those_who_do_not_see_it(path: Path) -> None:
    root = read(path)
    described = [root.find(f"{SVG}title"), root.find(f"{SVG}desc")]
    ids = [element.get("id") for element in described if element is not None and element.text]
    assert (root.get("role"), root.get("aria-labelledby")) == ("img", " ".join(map(str, ids)))
    assert len(ids) == 2


@pytest.mark.parametrize("path", DRAWN, ids=lambda path: path.name)
def test_a_picture_has_no_colour_of_its_own(path: Path) -> None:
    """`CanvasText` is that of the system, where the picture stands alone."""
    text = path.read_text()
    colours = re.findall(r"\b(?:fill|stroke|color|[\w-]+-color)(?:=\"|: *)([^\";]+)", text)
    assert {"currentColor", "CanvasText"} <= set(colours) <= {"currentColor", "CanvasText", "none"}
    assert text.count("CanvasText") == 1


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.name)
def test_a_picture_leaves_the_page_around_it_alone(path: Path) -> None:
    """It becomes part of the page, with its style sheets and its identifiers."""
    root = read(path)
    assert root.find(f".//{SVG}style") is None
    assert root.find(f".//{SVG}script") is None
    others = {
        identifier
        for other in ALL
        if other != path
        for element in read(other).iter()
        if (identifier := element.get("id"))
    }
    ids = [identifier for element in root.iter() if (identifier := element.get("id"))]
    assert len(ids) == len(set(ids) - others)
    references = set(re.findall(r"#([\w-]+)[\")]", re.sub(r"#[0-9a-f]{6}\b", "", path.read_text())))
    assert references <= set(ids)


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.name)
def test_a_picture_stands_in_one_page_under_its_title(path: Path) -> None:
    title = read(path).findtext(f"{SVG}title")
    shown = [
        alternative
        for page in PAGES
        for alternative, target in re.findall(r"!\[(.*?)\]\(([^)]+)\)", page.read_text())
        if (page.parent / target).resolve() == path
    ]
    assert shown == [title]


def test_the_picture_of_the_stages_shows_each_with_its_number() -> None:
    shown = words(DOCS / "pictures/stages.svg")
    assert dict(re.findall(r"([A-Z]{4,}) (\d+)", shown)) == {
        stage.name: str(stage.value) for stage in DeliveryStage
    }


def test_the_keys_in_the_picture_of_a_group_are_real() -> None:
    shown = words(DOCS / "pictures/group.svg")
    (identifier,) = re.findall(r"message\.id: (\d\w+)", shown)
    events = re.findall(r"(message-\w+) to: (\+\d+)", shown)
    reported = [
        (message_failed if type_ == "message-failed" else message_delivered)(id=identifier, to=to)
        for type_, to in events
    ]
    assert [event.type for event in reported] == [type_ for type_, _ in events]
    keys = [event.dedupe_key[:8] for event in reported]
    assert len(set(keys)) == 3
    assert re.findall(r"dedupe_key ([0-9a-f]{8})…", shown) == keys


def test_no_picture_is_left_out_of_these_tests() -> None:
    built = ROOT / "docs/_build"
    found = {path for path in DOCS.rglob("*.svg") if built not in path.parents}
    assert found == {*ALL, DOCS / "_static/favicon.svg"}
