"""Configuration of Sphinx: `make docs`."""

from importlib.metadata import metadata
from typing import Any

from pydantic import BaseModel
from sphinx.application import Sphinx

_distribution = metadata("bandwidth-events")

project = _distribution["Name"]
author = _distribution["Author"]
release = _distribution["Version"]

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_heading_anchors = 3  # as GitHub makes them, so that links work in both places
exclude_patterns = ["_build"]
html_theme = "furo"
default_role = "code"
autodoc_class_signature = "separated"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_typehints = "description"


def describe_fields(*arguments: Any) -> None:  # noqa: ANN401  # Sphinx passes six, of which:
    """Append to the docstring of a model what its fields say of themselves."""
    documented, lines = arguments[3], arguments[5]
    if isinstance(documented, type) and issubclass(documented, BaseModel):
        for name, field in documented.model_fields.items():
            lines.append(f":param {name}: {field.description}")


def setup(app: Sphinx) -> None:
    """Connect the above."""
    app.connect("autodoc-process-docstring", describe_fields)
