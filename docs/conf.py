"""Configure Sphinx: `make docs`."""

import sys
from importlib.metadata import metadata
from pathlib import Path

sys.path.append(str(Path(__file__).parent / "_extensions"))

_distribution = metadata("bandwidth-events")

project = _distribution["Name"]
author = _distribution["Author"]
release = _distribution["Version"]

extensions = ["machines", "myst_parser", "pictures", "reference", "sphinx_copybutton"]
exclude_patterns = ["_build"]
default_role = "code"
nitpicky = True
# Names of other projects are not links, because the build does not fetch other sites' indexes.
nitpick_ignore_regex = [
    ("py:.*", rf"{module}\..*")
    for module in (
        *("collections", "datetime", "decimal", "enum", "hypothesis", "pydantic", "pydantic_core"),
        *("random", "types", "typing_extensions"),
    )
]
nitpick_ignore = [("py:class", "ellipsis"), ("py:class", "JsonValue")]  # Sphinx 8 on Python 3.10

myst_enable_extensions = ["attrs_block", "colon_fence"]
# `site:` begins a link to a file that an extension writes into the built site.
myst_url_schemes = {"http": None, "https": None, "mailto": None, "site": "{{path}}"}
myst_heading_anchors = 3  # as GitHub makes them, so that links work in both places

autodoc_class_signature = "separated"
autodoc_inherit_docstrings = False  # a method is shown where it is described
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented_params"
autodoc_typehints_format = "short"
python_maximum_signature_line_length = 79

html_theme = "furo"
html_title = f"{project} {release}"
html_show_copyright = False  # the licence names the holders
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_favicon = "_static/favicon.svg"

copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
copybutton_line_continuation_character = "\\"
