"""Opening the mail tells somebody so (L16).

Danger: a picture, style or frame that is fetched from elsewhere when the mail is
opened tells the owner of that server who opened it, when and from where; for some
readers that alone is a danger. A form sends what is typed to another place.

Real case: the usual services for newsletters put a picture of one point into every
mail, with a number for each reader, and wrap every link; some wrote the reader's
address into the query string, where every server on the way could log it.

What safesend does: it adds nothing of the kind. What a letter loads from elsewhere is
counted and reported with the first host, and pictures of one point by name.

Way out: attach the pictures to the letter (inline images) and leave out styles, forms
and scripts that come from elsewhere. If you mean it, allow L16 and say why.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from safesend.checks.base import Check, Severity
from safesend.checks.circle import Circle, Reader
from safesend.checks.piece import Kind, Piece
from safesend.checks.reading import Reading
from safesend.errors import Leak
from safesend.redaction import mask_text

__all__ = ["CHECK"]

_LOADED = frozenset({"picture", "style", "script", "frame"})
_FORM = "form"
# WHATWG URL: blanks around and backslashes for slashes are taken as well.
_ELSEWHERE = re.compile(
    r"\s{0,20}(?:https?:\s{0,3})?[/\\]{2,9}(?:[^/\\?#\s@]{0,300}@)?"
    r"(?P<host>[^/\\?#\s@:]{1,253})",
    re.IGNORECASE,
)


def examine(reading: Reading, reader: Reader, circle: Circle) -> Iterator[Leak]:  # noqa: ARG001
    """One report for each unit that loads things, and one for each with a form."""
    loads: dict[str, list[str]] = {}
    forms: dict[str, str] = {}
    for piece in reading.pieces:
        if piece.kind is not Kind.LINK:
            continue
        if piece.place in _LOADED:
            found = _ELSEWHERE.match(piece.text)
            if found:
                loads.setdefault(piece.unit, []).append(found["host"])
        elif piece.place == _FORM:
            found = _ELSEWHERE.match(piece.text)
            forms.setdefault(piece.unit, found["host"] if found else "")
    if loads:
        pixels = _pixels(reading)
        for unit, hosts in loads.items():
            reason = _what_is_loaded(hosts, unit in pixels)
            yield CHECK.leak(mask_text(unit), reason, reader, Severity.WARN)
    for unit, host in forms.items():
        whither = f" to {mask_text(host)}" if host else ""
        reason = f"holds a form, which sends what a reader types{whither}"
        yield CHECK.leak(mask_text(unit), reason, reader, Severity.WARN)


def _what_is_loaded(hosts: list[str], pixel: bool) -> str:  # noqa: FBT001
    things = "a thing" if len(hosts) == 1 else f"{len(hosts)} things"
    tracked = ", one of them a picture of one point as trackers use" if pixel else ""
    first = mask_text(hosts[0])
    return (
        f"loads {things} from elsewhere (first host: {first}){tracked}: whoever runs"
        " that server sees who opened the mail, and when"
    )


def _pixels(reading: Reading) -> set[str]:
    """The units with a picture that is one point wide and one high, or none."""
    wide, high = set(), set()
    for piece in reading.of_kind(Kind.MARKUP):
        if piece.place == "attribute width of img" and _is_point(piece):
            wide.add(piece.unit)
        elif piece.place == "attribute height of img" and _is_point(piece):
            high.add(piece.unit)
    return wide & high


def _is_point(piece: Piece) -> bool:
    return piece.text.strip().removesuffix("px") in ("0", "1")


CHECK = Check.of(__doc__, id="L16", examine=examine, allowable=True)
