"""Configuration of Sphinx: `make docs`."""

from importlib.metadata import metadata

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
napoleon_use_ivar = True  # the fields of a model as a list, not as entries of their own
