"""Which styles a sheet gives to the elements of a page: css-inline is asked.

It is asked only. What it writes (html5ever's idea of the page) is thrown away: a letter
keeps its own source.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html.parser import HTMLParser

import attrs

from safesend.errors import ConfigurationError, TemplateError

__all__ = ["MARKER", "NOT_WRITTEN", "matched", "styles"]

MARKER = "data-safesend-tag"
"""The attribute with the number of an element."""
NOT_WRITTEN = -1
"""The number of what a browser adds where there is no tag: body, tbody, ..."""

_PROBE = re.compile(r"--safesend-([0-9]+)\s*:")


def styles(page: str, css: str) -> Mapping[int, frozenset[str]]:
    """The style of each element that has `MARKER`, as the content of its attribute.

    An element that ends in another order than it began is several for a browser, with
    styles that may differ; without any it is "".
    """
    reader = _Reader()
    reader.feed(_inlined(page, css))
    reader.close()
    return {number: frozenset(said) for number, said in reader.found.items()}


def matched(page: str, selectors: Sequence[str]) -> Mapping[int, frozenset[int]]:
    """The numbers of the elements that each selector fits.

    One that css-inline cannot read fits none.
    """
    probes = (f"{one}{{--safesend-{n}:1}}" for n, one in enumerate(selectors))
    found: dict[int, set[int]] = {}
    for element, said in styles(page, "\n".join(probes)).items():
        for hit in _PROBE.finditer(" ".join(said)):
            found.setdefault(int(hit[1]), set()).add(element)
    return {number: frozenset(elements) for number, elements in found.items()}


def _inlined(page: str, css: str) -> str:
    try:
        from css_inline import CSSInliner, InlineError  # noqa: PLC0415  an extra
    except ImportError:
        raise ConfigurationError(
            "inline_css needs the package css-inline: pip install 'safesend[css]'"
        ) from None
    # Nothing that the page names is loaded, be it a file or an address.
    inliner = CSSInliner(
        inline_style_tags=False, load_remote_stylesheets=False, extra_css=css
    )
    try:
        return inliner.inline(page)
    except InlineError as error:
        raise TemplateError(f"css-inline cannot read it: {error}", "html") from None


@attrs.define(eq=False, slots=False, init=False)
class _Reader(HTMLParser):
    """Collects the styles of marked elements; the page is well formed."""

    found: dict[int, set[str]]

    def __init__(self) -> None:
        super().__init__()
        self.found = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        said = dict(attrs)
        number = int(said.get(MARKER) or NOT_WRITTEN)
        self.found.setdefault(number, set()).add(said.get("style") or "")
