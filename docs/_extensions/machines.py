"""An extension of Sphinx: what machines read, beside the pages that people read.

Markdown of every page, ``llms.txt``, and the two documents of the contract.
"""

import posixpath
import re
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from bs4 import Tag
from docutils import nodes
from markdownify import MarkdownConverter
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.typing import ExtensionMetadata

from bandwidth_events._commands._contract import asyncapi_document, callback_schema, document_text

_DOCUMENTS: Final = {"schema.json": callback_schema, "asyncapi.json": asyncapi_document}
_TITLES: Final = {
    "schema.json": "JSON Schema of the body of a callback",
    "asyncapi.json": "AsyncAPI document of a receiver",
}

# What stands between two comments on the page about answering.
_RULES: Final = re.compile(
    "<!-- llms.txt opens with the rules from here .*?-->(.*?)<!--", re.DOTALL
)


# Markdown


class _Converter(MarkdownConverter):
    """Writes the HTML of a page as Markdown. There, everything is filled in and resolved."""

    class Options:
        heading_style = "atx"
        bullets = "-"
        escape_underscores = False  # those of names, which mark no emphasis

    def convert_a(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        if "headerlink" in el.get("class", ()):
            return ""
        del el["title"]
        el["href"] = _markdown_uri(el.get("href", ""))
        return super().convert_a(el, text, parent_tags)

    def convert_em(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        if el.find_parent(class_="field-list"):
            return text  # the parts of a type
        return super().convert_em(el, text, parent_tags)

    def convert_pre(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        classes = " ".join(c for parent in el.parents for c in parent.get("class", ()))
        language = re.search(r"highlight-(\w+)", classes)
        code = el.get_text().rstrip("\n")
        fence = max(["```", *(f"{run}`" for run in re.findall("`{3,}", code))])
        name = language[1] if language and language[1] != "default" else ""
        return f"\n\n{fence}{name}\n{code}\n{fence}\n\n"

    def convert_td(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return super().convert_td(el, text.replace("|", r"\|"), parent_tags)

    def convert_svg(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        found = [el.find(name) for name in ("title", "desc")]
        return f"[Picture: {'. '.join(each.get_text() for each in found if each)}]"

    # Markdown has no lists of definitions.

    def convert_dl(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return f"\n\n{text}\n\n"

    def convert_dt(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        if "sig" not in el.get("class", ()):
            return f"\n\n**{text.strip()}**\n\n"
        for link in el.find_all("a", class_="headerlink"):
            link.decompose()
        above = el.find_previous(["h1", "h2", "h3"])
        level = int(above.name[1]) + len(el.find_parents("dd")) + 1
        return f"\n\n{'#' * level} `{' '.join(el.get_text().split())}`\n\n"

    def convert_dd(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return f"\n\n{text.strip()}\n\n"


def to_markdown(html: str) -> str:
    """Convert the HTML of a page, or of a part of one."""
    return f"{_Converter().convert(html).strip()}\n"


def _markdown_uri(uri: str) -> str:
    """Point a link to a page of this site to the page's Markdown."""
    if urlsplit(uri).netloc:
        return uri
    return re.sub(r"\.html(?=#|$)", ".md", uri)


def write_markdown(
    app: Sphinx, page: str, _template: str, context: dict[str, Any], document: nodes.document | None
) -> None:
    """Write the Markdown of a page beside its HTML, and link to it from there."""
    if document is None:
        return  # of no source, such as the search
    file = Path(app.outdir, f"{page}.md")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(to_markdown(context["body"]), encoding="utf-8")
    link = f'<link rel="alternate" type="text/markdown" href="{posixpath.basename(page)}.md">'
    context["metatags"] = f"{context.get('metatags', '')}\n{link}"


# llms.txt


def write_llms_txt(app: Sphinx, failure: Exception | None) -> None:
    """Write https://llmstxt.org: what this is, the rules of answering, and a link to each page."""
    if failure or app.builder.name != "html":
        return
    rules = _RULES.search(Path(app.outdir, "answering.html").read_text(encoding="utf-8"))
    if rules is None:
        raise ExtensionError("answering.md does not mark the rules for llms.txt")
    root = app.config.root_doc
    document = app.env.get_doctree(root)
    summary = next(iter(document.findall(nodes.paragraph))).astext()
    opening = re.sub("^#+ (.+)$", r"**\1**", to_markdown(rules[1]).strip(), flags=re.MULTILINE)
    parts = [f"# {app.config.project}", f"> {summary}", opening]  # headings are for the links
    pages = [root]
    for tree in document.findall(addnodes.toctree):
        pages += tree["includefiles"]
        parts += [f"## {tree['caption']}", "\n".join(_links(app, pages))]
        pages = []
    parts += ["## Contract", "\n".join(f"- [{title}]({name})" for name, title in _TITLES.items())]
    Path(app.outdir, "llms.txt").write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def _links(app: Sphinx, pages: list[str]) -> list[str]:
    """Link to pages and to those below them."""
    root = app.config.root_doc
    found: list[str] = []
    for page in pages:
        found += [f"- [{app.env.titles[page].astext()}]({page}.md)"]
        found += _links(app, [] if page == root else app.env.toctree_includes.get(page, []))
    return found


# The contract


def write_contract(app: Sphinx, failure: Exception | None) -> None:
    """Write what the command `schema` prints."""
    if failure is None and app.builder.name == "html":
        for name, build in _DOCUMENTS.items():
            Path(app.outdir, name).write_text(document_text(build()), encoding="utf-8")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register all of it."""
    app.connect("html-page-context", write_markdown)
    app.connect("build-finished", write_llms_txt)
    app.connect("build-finished", write_contract)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
