"""Describe the fields of a model, for `help()`, JSON schemas and the documentation.

The string below a field is the single source, because editors show that string. Pydantic's
`use_attribute_docstrings` reads the same strings when a class is created, which slows the import
down by a third; this module reads them on demand.
"""

from functools import cache
from typing import TYPE_CHECKING

from pydantic import BaseModel


def own_docstring(model: type) -> str:
    """Return the docstring of a model as written in the source."""
    from inspect import cleandoc

    return cleandoc(vars(model)["__doc__"] or "")


def _docstring(model: type) -> str:
    sections = [own_docstring(model)]
    fields = field_docstrings(model)
    if fields:
        lines = (f"    {name}: {text}" for name, text in fields.items())
        sections.append("\n".join(["Attributes:", *lines]))
    return "\n\n".join(filter(None, sections))


@cache
def field_docstrings(model: type) -> dict[str, str]:
    """Read the string below each field of a model and its bases, joined to one line.

    The result is empty if there is no source, as in an application frozen into an executable.
    """
    import ast
    from inspect import getsource
    from itertools import pairwise
    from textwrap import dedent

    found: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if not isinstance(base, DocumentedClass):
            continue
        try:
            definition = ast.parse(dedent(getsource(base))).body[0]
        except (OSError, TypeError):
            continue
        statements = definition.body if isinstance(definition, ast.ClassDef) else []
        for field, below in pairwise(statements):
            match field, below:
                case (
                    ast.AnnAssign(target=ast.Name(id=name)),
                    ast.Expr(value=ast.Constant(value=str(text))),
                ):
                    found[name] = " ".join(text.split())
                case _:
                    pass
    return found


def _signature(model: type[BaseModel]) -> object:
    """Build the signature of a model's constructor, with the fields' names in Python.

    Pydantic's own signature lists the names on the wire.
    """
    from inspect import Parameter, Signature
    from typing import get_type_hints

    hints = get_type_hints(model)
    parameters = [
        Parameter(
            name,
            Parameter.KEYWORD_ONLY,
            annotation=hints[name],
            default=Parameter.empty if field.is_required() else field.default,
        )
        for name, field in model.model_fields.items()
    ]
    parameters.append(Parameter("unknown_keys", Parameter.VAR_KEYWORD))
    return Signature(parameters, return_annotation=None)


if TYPE_CHECKING:
    from pydantic._internal._model_construction import ModelMetaclass

    DocumentedClass = ModelMetaclass
else:

    class DocumentedClass(type(BaseModel)):
        # The class's docstring, with a section about the fields.
        __doc__ = property(_docstring, type.__dict__["__doc__"].__set__)

        # The signature of the constructor. The setter ignores pydantic's own.
        __signature__ = property(_signature, lambda _, __: None)
