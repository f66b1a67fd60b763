"""What of an OpenDocument file is read by itself, and what its styles hide."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

import attrs

from safesend.checks.documents.odf_runs import attribute
from safesend.checks.documents.xml import local

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["HIDES", "WANTED", "Styles", "body", "in_spreadsheet", "is_block"]

WANTED = frozenset(
    {
        "p",
        "h",
        "table",
        "table-row",
        "table-column",
        "annotation",
        "style",
        "meta",
        "scripts",
        "config-item",
        "change-info",
        "title",
        "desc",
        "page",
        "binary-data",
        "content-validation",
        "named-expression",
        "named-range",
        "database-range",
        "data-pilot-table",
    }
)
"""Elements that are read one by one, see `is_block`."""
HIDES = frozenset({"none", "false", "hidden"})
"""What an attribute display or visibility says of something that is not shown."""
_TEXT = {"paragraph": "text"}
_CELLS = frozenset({"table-cell", "covered-table-cell"})


def is_block(name: str, inside: Sequence[Element]) -> bool:
    """Whether such an element is read by itself, and not with what holds it.

    Paragraphs of a cell are read with its row, those of a comment with the comment.
    """
    if name in ("p", "h", "title", "desc"):
        parent = local(inside[-1].tag)
        if parent in ("meta", "annotation"):
            return False
        return not (parent in _CELLS and in_spreadsheet(inside))
    if name in ("table-row", "table-column", "table"):
        return in_spreadsheet(inside)
    return True


def in_spreadsheet(inside: Sequence[Element]) -> bool:
    """Whether an element is part of a spreadsheet, and not of its change log."""
    return body(inside) == "spreadsheet" and not any(
        local(one.tag) == "tracked-changes" for one in inside[3:5]
    )


def body(inside: Sequence[Element]) -> str:
    """The kind of the document: its elements are document, body, and this."""
    return local(inside[2].tag) if len(inside) > 2 else ""  # noqa: PLR2004


@attrs.define
class Styles:
    """Names of styles that hide what has them, by family ("text", "table", ...)."""

    hiding: dict[str, set[str]] = attrs.Factory(dict)

    def of(self, family: str) -> AbstractSet[str]:
        """The hiding styles of a family; those of paragraphs are among "text"."""
        return self.hiding.get(family, frozenset())

    def add(self, style: Element) -> None:
        """Looks at one style; those that it is based on were looked at before."""
        family = attribute(style, "family")
        hidden = attribute(style, "parent-style-name") in self.of(family)
        for one in style:
            if (attribute(one, "display") or attribute(one, "visibility")) in HIDES:
                hidden = True
        if hidden:
            for kind in {family, _TEXT.get(family, family)}:
                self.hiding.setdefault(kind, set()).add(attribute(style, "name"))
