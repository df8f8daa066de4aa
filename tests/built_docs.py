"""Check what `make docs` has built for machines: run by it, as ``built_docs.py docs/_build``.

Exits non-zero with every problem, and if it does not find the defects that it plants in copies.
"""

import json
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from urllib.parse import unquote

from bs4 import BeautifulSoup
from markdown_it import MarkdownIt

from bandwidth_events._commands._contract import asyncapi_document, callback_schema

DOCS: Final = Path(__file__).parent.parent / "docs"
MARKDOWN: Final = MarkdownIt("commonmark").enable("table")

# Directives and roles of MyST and reStructuredText.
LEFT_OVER: Final = re.compile(
    r"^\s*(?:`{3,}|:{3,})\{|^\s*\.\. [\w-]+::|\{[\w:-]+\}`|^:[\w-]+:", re.MULTILINE
)

# What a program that is told to write a route has to know before it follows a link.
RULES: Final = ("401", "WWW-Authenticate", "2xx", "10 seconds", "24 hours", "stored", "dedupe_key")

# Internals of pydantic, which autodoc prints unless it is told otherwise.
JARGON: Final = ("FieldInfo", "Annotated[", "model_config")


def pages() -> list[str]:
    found = (page.relative_to(DOCS).with_suffix("") for page in sorted(DOCS.rglob("*.md")))
    return [str(page) for page in found if page.parts[0] != "_build"]


def problems(site: Path, chosen: list[str]) -> Iterator[str]:
    """Yield what is wrong with the chosen pages of a built site, and with its other files."""
    for page in chosen:
        yield from (f"{page}: {each}" for each in problems_of_page(site, page))
    yield from (f"llms.txt: {each}" for each in problems_of_llms_txt(site))
    for name, expected in (("schema", callback_schema()), ("asyncapi", asyncapi_document())):
        if json.loads((site / f"{name}.json").read_text()) != expected:
            yield f"{name}.json: not what the command prints"
        for page in ("events.html", "cli.html"):
            if f'href="{name}.json"' not in (site / page).read_text():
                yield f"{page}: no link to {name}.json"


def problems_of_page(site: Path, page: str) -> Iterator[str]:
    file = site / f"{page}.md"
    if not file.exists():
        yield "no Markdown"
        return
    twin = file.read_text()
    html = BeautifulSoup((site / f"{page}.html").read_text(), "html.parser")
    yield from (f"left over: {each[0]}" for each in LEFT_OVER.finditer(without_code(twin)))
    if html.find("link", rel="alternate", href=file.name) is None:
        yield "the page does not link to its Markdown"
    article = html.find("article", id="furo-main-content")
    assert article
    for link in article.find_all("a", class_="headerlink"):
        link.decompose()
    for picture in article.find_all("svg"):
        texts = [each.get_text() for each in picture.find_all(["title", "desc"], recursive=False)]
        picture.replace_with(f"[Picture: {'. '.join(texts)}]")
    rendered = BeautifulSoup(MARKDOWN.render(twin), "html.parser")
    expected, actual = squeezed(article.get_text()), squeezed(rendered.get_text())
    if actual != expected:
        yield difference(actual, expected)
    yield from broken_links(rendered, site, page)
    if page.startswith("api/"):
        yield from (f"not for readers: {words}" for words in JARGON if words in article.get_text())
    for name, text in included(page):
        if text.rstrip("\n") not in twin:
            yield f"lacks the code of {name}"


def squeezed(text: str) -> str:
    return "".join(text.split())


def difference(actual: str, expected: str) -> str:
    """Show where the Markdown, as rendered, begins to differ from the page."""
    characters = enumerate(zip(f"{actual}\0", f"{expected}\0", strict=False))
    at = next(index for index, (ours, theirs) in characters if ours != theirs)
    near = slice(max(at - 20, 0), at + 60)
    return f"reads {actual[near]!r} where the page reads {expected[near]!r}"


def without_code(text: str) -> str:
    """Leave out code blocks, which may show directives."""
    return re.sub(r"^(`{3,})(?!\{).*?^\1$", "", text, flags=re.MULTILINE | re.DOTALL)


def included(page: str) -> Iterator[tuple[str, str]]:
    """Yield the whole files that the source of a page includes as code, with their text."""
    source = DOCS / f"{page}.md"
    pattern = r"^```\{literalinclude\} (\S+)\n(?::language: .*\n)?```$"
    for file in re.findall(pattern, source.read_text(), re.MULTILINE):
        yield file, (source.parent / file).read_text()


def broken_links(rendered: BeautifulSoup, site: Path, page: str) -> Iterator[str]:
    for element in rendered.find_all(["a", "img"]):
        uri = str(element.get("href") or element["src"])
        if re.match("[a-z]+:", uri):
            continue  # to another site
        file, _, fragment = uri.partition("#")
        target = (site / page).parent / unquote(file) if file else site / f"{page}.md"
        if not target.is_file() or (fragment and not has_id(target, fragment)):
            yield f"broken link: {uri}"


def has_id(twin: Path, fragment: str) -> bool:
    return f'id="{fragment}"' in twin.with_suffix(".html").read_text()


def problems_of_llms_txt(site: Path) -> Iterator[str]:
    text = (site / "llms.txt").read_text()
    opening, *sections = re.split(r"^## .+\n", text, flags=re.MULTILINE)
    if not re.match(r"# bandwidth-events\n\n> .+\n\n", opening):
        yield "does not begin with a heading and a quotation"
    yield from (f"the opening lacks {words}" for words in RULES if words not in opening)
    if re.search("^#", opening.removeprefix("#"), re.MULTILINE):
        yield "a heading in the opening"
    for line in "".join(sections).splitlines():
        if line and not re.fullmatch(r"- \[.+\]\(\S+\)", line):
            yield f"no link: {line}"
    links = re.findall(r"^- \[.+\]\((\S+)\)$", text, re.MULTILINE)
    missing = {f"{page}.md" for page in pages()} - set(links)
    yield from (f"lacks {name}" for name in missing)
    yield from broken_links(BeautifulSoup(MARKDOWN.render(text), "html.parser"), site, "llms")


# Defects, each of which has to be found


def edit(name: str, change: Callable[[str], str]) -> Callable[[Path], None]:
    def plant(site: Path) -> None:
        before = (site / name).read_text()
        after = change(before)
        assert after != before, name
        (site / name).write_text(after)

    return plant


DEFECTS: Final[dict[str, Callable[[Path], None]]] = {
    "policy: no Markdown": lambda site: (site / "policy.md").unlink(),
    "cli: left over": edit("cli.md", lambda text: f"{text}\n```{{generated}} commands\n```\n"),
    "cli: left over: {term": edit("cli.md", lambda text: f"{text}\nSee {{term}}`retry`.\n"),
    "api/core: reads": edit("api/core.md", lambda text: text.replace("parse_callback", "parse")),
    "api/core: not for readers: FieldInfo": edit(
        "api/core.html", lambda text: text.replace("parse_callback", "FieldInfo")
    ),
    "events: reads": edit("events.md", lambda text: text.replace(r"\|", "|")),
    "events: lacks the code": edit("events.md", lambda text: text.replace('"segmentCount": 1', "")),
    "index: broken link": edit("index.md", lambda text: text.replace(".md", ".markdown")),
    "index: the page does not": edit("index.html", lambda text: text.replace("alternate", "next")),
    "llms.txt: the opening lacks dedupe_key": edit(
        "llms.txt", lambda text: text.replace("dedupe_key", "key")
    ),
    "llms.txt: does not begin": edit("llms.txt", lambda text: f"\n{text}"),
    "llms.txt: a heading": edit("llms.txt", lambda text: text.replace("**", "### ", 1)),
    "llms.txt: no link: ": edit("llms.txt", lambda text: f"{text}\nMore soon."),
    "llms.txt: lacks events.md": edit("llms.txt", lambda text: text.replace("events.md", "cli.md")),
    "llms.txt: broken link": edit("llms.txt", lambda text: text.replace("cli.md", "commands.md")),
    "schema.json: not": edit("schema.json", lambda text: text.replace("suggestion-response", "x")),
    "events.html: no link": edit("events.html", lambda text: text.replace("schema.json", "x")),
}


def missed(site: Path) -> Iterator[str]:
    """Plant each defect in a copy of a site, and yield those that are missed."""
    for expected, plant in DEFECTS.items():
        with TemporaryDirectory() as directory:
            copy = Path(directory) / "site"
            shutil.copytree(site, copy)
            plant(copy)
            chosen = [page for page in pages() if expected.startswith(f"{page}:")]
            if not any(each.startswith(expected) for each in problems(copy, chosen)):
                yield expected


def main(site: Path) -> int:
    found = list(problems(site, pages())) or [f"planted, but missed: {e}" for e in missed(site)]
    for each in found:
        print(each)
    if not found:
        print(f"{len(pages())} pages have their Markdown; all of {len(DEFECTS)} defects are found.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
