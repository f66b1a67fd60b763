"""What a check is: a question to a reading, with its danger and its way out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import attrs

from safesend.checks.addresses import mentions
from safesend.checks.circle import Circle, Reader
from safesend.checks.reading import Reading
from safesend.errors import Leak, Severity
from safesend.redaction import mask_text

__all__ = ["Check", "Examine", "Severity"]

Examine = Callable[[Reading, Reader, Circle], Iterator[Leak]]

_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_SECTION = re.compile(r"^(Danger|Real case|What safesend does|Way out): ", re.MULTILINE)


@attrs.frozen(kw_only=True)
class Check:
    """One mechanism of the taxonomy: how it is found, and how it is explained.

    `id` is the mechanism (L01-L38, I3, I7). `examine` looks at a reading; None where
    something else than a reading is looked at. `allowable`: whether `allow=` may lift
    it, with a reason; what would show one recipient to another never is.
    """

    id: str
    examine: Examine | None
    allowable: bool
    title: str
    danger: str
    case: str
    answer: str
    way_out: str

    @classmethod
    def of(
        cls,
        doc: str | None,
        *,
        id: str,  # noqa: A002
        examine: Examine | None,
        allowable: bool,
    ) -> Check:
        """A check from the docstring of its file.

        Its first line is the title; the sections "Danger: ", "Real case: ", "What
        safesend does: " and "Way out: " follow, each a paragraph. Without docstrings
        (python -OO) they are empty.
        """
        head, *rest = _SECTION.split(doc or "")
        said = dict(zip(rest[::2], map(_line, rest[1::2]), strict=True))
        return cls(
            id=id,
            examine=examine,
            allowable=allowable,
            title=_line(head).partition(" (")[0].rstrip("."),
            danger=said.get("Danger", ""),
            case=said.get("Real case", ""),
            answer=said.get("What safesend does", ""),
            way_out=said.get("Way out", ""),
        )

    def leak(
        self,
        place: str,
        reason: str,
        reader: Reader,
        severity: Severity = Severity.REFUSE,
    ) -> Leak:
        """A leak that this check has found, at a place, for a reader's row.

        Names of files and sheets that hold an address, in whatever disguise, are not
        repeated in it.
        """
        return Leak(
            self.id,
            _shown(place),
            _shown(reason),
            row=reader.row,
            severity=severity,
            advice=self.way_out,
        )


def _shown(text: str) -> str:
    masked = mask_text(text)
    if not _tells(masked):
        return masked
    masked = _QUOTED.sub("'…'", masked)
    return "a place that names somebody" if _tells(masked) else masked


def _tells(text: str) -> bool:
    # Names stand between quotes as Python writes them, with backslashes doubled.
    return any(mentions(text)) or any(mentions(text.replace("\\\\", "\\")))


def _line(text: str) -> str:
    """A paragraph as one line, which begins like a sentence."""
    line = " ".join(text.split())
    return line[:1].upper() + line[1:]
