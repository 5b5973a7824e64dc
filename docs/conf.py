"""Settings of Sphinx for the documentation site; `make docs` builds it."""

from __future__ import annotations

import re
from typing import Any

from sphinx.application import Sphinx
from sphinx.util import logging

import saddlesim

project = "saddlesim"
author = "The saddlesim developers"
copyright = author  # noqa: A001 - Sphinx's name
version = release = saddlesim.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx-mathjax-offline",
    "numpydoc",
    "myst_parser",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build", "gallery"]  # what runs is in gallery/, its pages in generated/
templates_path = ["templates"]
nitpicky = True
# The last one is named by a page of another module than its own.
nitpick_ignore = [("py:class", "enum.IntEnum"), ("py:obj", "Landscape")]
nitpick_ignore_regex = [("py:obj", "[a-z_]+")]  # `threads` is a parameter, of this function mostly
myst_heading_anchors = 3

# Types are said in the prose of the docstrings; annotations name what is not public.
autodoc_typehints = "none"
autosummary_generate = True
numpydoc_show_class_members = False
default_role = "autolink"

sphinx_gallery_conf = {
    "examples_dirs": "gallery",
    "gallery_dirs": "generated/gallery",
    "filename_pattern": r"\.py$",
    "backreferences_dir": "generated/backreferences",
    "doc_module": ("saddlesim",),
    "within_subsection_order": "FileNameSortKey",
    "download_all_examples": False,
    "copyfile_regex": r"^$",
    "show_memory": False,
    "write_computation_times": False,
    "show_signature": False,
    "remove_config_comments": True,
    "min_reported_time": 1,
    "thumbnail_size": (480, 320),
}

html_theme = "pydata_sphinx_theme"
html_title = "saddlesim"
html_show_sourcelink = False
html_theme_options = {"show_prev_next": True, "navigation_with_keys": False}

linkcheck_timeout = 20
linkcheck_retries = 2


def escape_bars(
    app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]
) -> None:
    """Keep |x|, which is a norm in the docstrings, from being a substitution."""
    for i, line in enumerate(lines):
        parts = re.split(r"(`+[^`]*`+)", line)
        parts[::2] = [re.sub(r"(?<!\\)\|", r"\\|", part) for part in parts[::2]]
        lines[i] = "".join(parts)


def public_bases(app: Sphinx, name: str, obj: Any, options: Any, bases: list[Any]) -> None:
    """Put the nearest public ancestor in the place of a base class that is not public."""
    public = {getattr(saddlesim, each) for each in saddlesim.__all__ if each[0].isupper()}
    for i, base in enumerate(bases):
        if getattr(base, "__module__", "").startswith("saddlesim"):
            bases[i] = next((c for c in base.__mro__ if c in public), object)


def tell_what_differs(app: Sphinx, docname: str, source: list[str]) -> None:
    """Warn of a page on which what was measured is not what is expected."""
    if docname.startswith("generated/gallery/") and "DIFFERS" in source[0]:
        logging.getLogger(__name__).warning("a finding of this page differs", location=docname)


def setup(app: Sphinx) -> None:
    """Connect all, the first one before numpydoc reads a docstring."""
    app.connect("source-read", tell_what_differs)
    app.connect("autodoc-process-docstring", escape_bars, priority=400)
    app.connect("autodoc-process-bases", public_bases)
