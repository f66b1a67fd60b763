"""Placeholders of other tools, and values that were never filled in.

A letter that greets its reader with `*|FNAME|*` was written for another program;
a row whose name is `{{ name }}` was exported by one. Both are refused (L37).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from safesend.errors import TemplateError

__all__ = ["SUSPECT", "Blank", "leftover", "refuse_leftovers", "unfilled", "unknown"]

# Every repetition is bounded, so that a search stays linear in the text. The
# keys are what a message may show: the form, never what stood there. A digit before
# the percent sign makes it a percentage in prose ("100%(net)").
_FORMS = {
    "{{ name }}": r"\{\{[^{}\n]{0,200}\}\}",
    "{% tag %}": r"\{%[^{}\n]{0,200}%\}",
    "*|NAME|*": r"\*\|[^|*\n]{1,80}\|\*",
    "%(name)s": (
        r"(?<![0-9])%\([^\W\d][\w.-]{0,80}\)"
        r"[-#0 +]{0,5}\d{0,4}(?:\.\d{1,4})?[diouxXeEfFgGcrsa]\b"
    ),
    "${name}": r"\$\{[^{}\n]{1,80}\}",
}
_NAMES = tuple(_FORMS)
_ANY = "|".join(f"({form})" for form in _FORMS.values())
_COMPLETE = re.compile(_ANY)
_WHOLE = re.compile(rf"\s*(?:{_ANY})\s*")
_BEGINNINGS = ("{{", "{%", "*|", "%(", "${")
_BLANKS = (
    " \t\r\n\v\f\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000"
    "\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
)
SUSPECT = frozenset(f"{{*%${_BLANKS}") | {""}
"""How a value begins that is empty, blank or unfilled: all others are passed by."""

# A style sheet or JSON-LD closes two blocks with "}}" rightly; nothing else does.
_IN_SOURCE = re.compile(
    rf"{_ANY}|(?P<raw><(?:style|script)\b)|(?P<cooked></(?:style|script)\b)"
    r"|(?P<stray>\{\{|\}\}|\{%)",
    re.IGNORECASE,
)


class Blank(str):
    """An empty field for a part with logic: to be tested or replaced, not printed."""

    __slots__ = ()


def unknown(name: str, known: Iterable[str]) -> str:
    """Why a field cannot be printed that a row does not have; `known` are its names."""
    if name == "unsubscribe_url":
        return (
            f"{name!r} is the link by which readers leave, and this campaign has none:"
            " give it unsubscribe"
        )
    fields = ", ".join(sorted(known)[:30]) or "none"
    return f"unknown field {name!r}; the fields are: {fields}"


def leftover(text: str) -> str | None:
    """The form of the first unfilled placeholder in a finished text, or None.

    The form ("*|NAME|*") is safe to print: it holds nothing of the text itself.
    """
    if not any(beginning in text for beginning in _BEGINNINGS):
        return None
    return _form(_COMPLETE.search(text))


def unfilled(value: str) -> str | None:
    """The form of the placeholder that this whole value is, or None.

    Inside a longer value such text is data and passes: people write about it.
    """
    if value[:1] not in SUSPECT:
        return None
    return _form(_WHOLE.fullmatch(value))


def refuse_leftovers(part: str, constants: Iterable[tuple[int, str]]) -> None:
    """Raise TemplateError if constant text holds a placeholder that nobody fills.

    `constants` are the texts that are printed as they stand, each with the number of
    the line where it begins, in order.
    """
    raw = False
    for line, text in constants:
        for hit in _IN_SOURCE.finditer(text):
            if hit["raw"] or hit["cooked"]:
                raw = bool(hit["raw"])
            elif not (raw and hit["stray"] == "}}"):
                found = line + text.count("\n", 0, hit.start())
                raise TemplateError(_advice(hit), part, found)


def _form(hit: re.Match[str] | None) -> str | None:
    return _NAMES[hit.lastindex - 1] if hit and hit.lastindex else None


def _advice(hit: re.Match[str]) -> str:
    if hit["stray"]:
        return (
            f"a stray {hit['stray']} would be sent as it stands; complete the"
            " placeholder, put a space between the two characters, or in html write"
            " the first one as a character reference (&#123; or &#125;)"
        )
    return (
        f"a placeholder like {_form(hit)} would be sent as it stands; write"
        " {{ name }} for a field, or put a space after its first character (in html"
        " write that character as a reference, for example &#36; for $) to mean the"
        " text itself"
    )
