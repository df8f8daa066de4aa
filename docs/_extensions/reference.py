"""A Sphinx extension: generated content, and a readable API reference."""

from collections.abc import Iterator
from datetime import datetime
from functools import cache, reduce
from importlib import import_module
from inspect import get_annotations, isclass, isfunction, signature
from operator import or_
from pkgutil import iter_modules, walk_packages
from types import EllipsisType, ModuleType, UnionType
from typing import Annotated, Any, ClassVar, Final, Union, get_args, get_origin, get_type_hints

from docutils import nodes
from generated import GENERATORS
from hypothesis.strategies import SearchStrategy
from pydantic import AwareDatetime, BaseModel
from sphinx.application import Sphinx
from sphinx.ext.autodoc.preserve_defaults import DefaultValue
from sphinx.ext.napoleon import Config, GoogleDocstring
from sphinx.pycode import ModuleAnalyzer
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata
from typing_extensions import Unpack, get_original_bases, is_typeddict

import bandwidth_events
from bandwidth_events._docstrings import DocumentedClass, own_docstring
from bandwidth_events._model import Model


class Generated(SphinxDirective):
    """Shows the Markdown of one generator."""

    required_arguments = 1
    optional_arguments = 1
    has_content = False
    option_spec: ClassVar[dict[str, Any]] = {}

    def run(self) -> list[nodes.Node]:
        """Call the generator, and parse its Markdown."""
        name, *arguments = self.arguments
        return self.parse_text_to_nodes(GENERATORS[name](*arguments))


# Types


def _modules() -> Iterator[ModuleType]:
    yield bandwidth_events
    for found in iter_modules(bandwidth_events.__path__, "bandwidth_events."):
        if "._" not in found.name:
            yield import_module(found.name)


def _aliases() -> Iterator[tuple[Any, type]]:
    """List the public aliases, each with a class of the same name to replace it in annotations."""
    for module in _modules():
        for name in module.__all__:
            value = getattr(module, name)
            if get_origin(value) is not None and not isclass(value):
                yield value, type(name, (), {"__module__": module.__name__})


_ALIASES: Final = tuple(_aliases())


def _readable(hint: Any) -> Any:
    """Build a readable annotation, with public names and without validators."""
    for alias, stand_in in _ALIASES:
        if hint == alias:
            return stand_in
    return _unwrapped(hint)


def _unwrapped(hint: Any) -> Any:
    if isinstance(hint, list):  # the parameters of a callable
        return list(map(_readable, hint))
    if hint is AwareDatetime:
        return datetime
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in {Annotated, Final, Unpack}:
        return _unwrapped(arguments[0])
    if origin in {Union, UnionType}:
        return reduce(or_, map(_readable, arguments))
    if isclass(origin) and arguments:
        return origin[tuple(map(_readable, arguments))]
    return hint


def _annotated(module: ModuleType) -> Iterator[Any]:
    """List the objects in a module that have annotations."""
    yield module
    for name in module.__all__:
        value = getattr(module, name)
        if isclass(value) and value.__module__.startswith("bandwidth_events"):
            yield value
            members = (getattr(member, "fget", member) for member in vars(value).values())
            yield from filter(isfunction, members)
        elif isfunction(value):
            yield value


def make_annotations_readable(_: Sphinx) -> None:
    """Replace the annotations of the public names, and the aliases, in this process only."""
    public = {name: getattr(module, name) for module in _modules() for name in module.__all__}
    for value in [each for module in _modules() for each in _annotated(module)]:
        hints = get_type_hints(value, localns=public, include_extras=True)
        own = get_annotations(value)
        if is_typeddict(value):  # whose annotations repeat those of its bases
            inherited = {n for base in get_original_bases(value) for n in get_annotations(base)}
            own = {name: own[name] for name in own if name not in inherited}
        value.__annotations__ = {name: _readable(hints[name]) for name in own}
    for alias, stand_in in _ALIASES:
        setattr(import_module(stand_in.__module__), stand_in.__name__, _unwrapped(alias))


# Docstrings and bases


@cache
def _data_docstrings() -> dict[str, list[str]]:
    """Read the string below each alias and constant in the module that defines it."""
    found: dict[str, list[str]] = {}
    for module in walk_packages(bandwidth_events.__path__, "bandwidth_events."):
        documented = ModuleAnalyzer.for_module(module.name).find_attr_docs()
        found |= {name: lines for (owner, name), lines in documented.items() if not owner}
    return found


def write_docstring(
    app: Sphinx, what: str, name: str, value: Any, options: Any, lines: list[str]
) -> None:
    """Turn sections such as ``Args`` into lists, except in the docstrings of attributes.

    There, Napoleon would read the words before a colon as a type. A model's own docstring leaves
    out the list of fields, which have entries.
    """
    if what == "data":
        lines[:] = _data_docstrings().get(name.rpartition(".")[2], [])
        if get_origin(value) in {Union, UnionType}:  # autodoc documents all other aliases itself
            members = (f":py:class:`~{m.__module__}.{m.__name__}`" for m in get_args(value))
            lines += [f"alias of {' | '.join(members)}", ""]
    elif isinstance(value, DocumentedClass):
        lines[:] = [*own_docstring(value).splitlines(), ""]
    if what not in {"attribute", "data", "property"}:
        lines[:] = GoogleDocstring(lines, Config(), app, what, name, value, options).lines()


def skip_boilerplate(
    _app: Sphinx, _what: str, name: str, _value: Any, _skip: bool, _options: Any
) -> bool | None:
    """Skip constructors, which take the fields, and pydantic's configuration."""
    return True if name in {"__init__", "__new__", "model_config"} else None


def shorten_defaults(_app: Sphinx, value: Any, _is_bound: bool) -> None:
    """Write ``...`` for a default that is a strategy, because its text is very long."""
    if isfunction(value):
        written = signature(value)
        value.__signature__ = written.replace(
            parameters=[
                each.replace(default=DefaultValue("..."))
                if isinstance(each.default, SearchStrategy | EllipsisType)
                else each
                for each in written.parameters.values()
            ]
        )


def write_bases(_app: Sphinx, _name: str, _value: Any, _options: Any, bases: list[type]) -> None:
    """Show pydantic's base class instead of the models' private base class."""
    bases[:] = [BaseModel if base is Model else base for base in bases]


def resolve_alias(
    app: Sphinx, _: Any, node: nodes.Element, content: nodes.Element
) -> nodes.Element | None:
    """Make annotations link to aliases, which are documented as data."""
    if node.get("refdomain") != "py" or node.get("reftype") != "class":
        return None
    python = app.env.get_domain("py")
    return python.resolve_xref(
        app.env, node["refdoc"], app.builder, "data", node["reftarget"], node, content
    )


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the extension."""
    app.setup_extension("sphinx.ext.autodoc")
    app.add_directive("generated", Generated)
    app.connect("builder-inited", make_annotations_readable)
    app.connect("autodoc-process-docstring", write_docstring)
    app.connect("autodoc-before-process-signature", shorten_defaults)
    app.connect("autodoc-process-bases", write_bases)
    app.connect("autodoc-skip-member", skip_boilerplate)
    app.connect("missing-reference", resolve_alias)
    return {"parallel_read_safe": True}
