"""How a value that must not be printed is printed."""

from __future__ import annotations

import re
from typing import NoReturn, Self

__all__ = ["Secret", "mask_address", "mask_local", "mask_text"]

# Wider than RFC 5321's Mailbox on purpose: what merely looks like an address in
# a server's reply or an error text is masked as well. An at sign may be full-width,
# small, percent-encoded or a character reference. Every repetition is possessive or
# bounded and words are tried from their start only, so that time stays linear. Groups
# are atomic, `(?>x+)`: `(?:x)++` finds too little before Python 3.11.5 (gh-106052).
_AT = "(?:@|\uff20|\ufe6b|%(?:25){0,9}40|&#(?:0{0,9}64|x0{0,9}40);|&commat;)"
_IN_WORD = r"[^\s<>\"()\[\],;:@\uff20\ufe6b]"
_WORD = rf"(?:(?!{_AT}){_IN_WORD})"
_ADDRESS_LIKE = re.compile(
    rf"(\"(?:[^\"\\\r\n]|\\.){{0,200}}\"(?:\.(?>{_WORD}+))?"
    rf"|(?<!\S)\S{{1,200}}[)>\]](?={_AT})"  # ada(a comment)@example.org
    rf"|(?<!{_IN_WORD})(?>{_AT}{{0,9}})(?>{_WORD}+))"
    rf"(?:(?>{_AT}+)((?>{_WORD}*)))+",
    re.IGNORECASE,
)
_MAY_HOLD = re.compile(_AT, re.IGNORECASE)
# RFC 2047 section 2: what is in it cannot be seen, so nothing of it is shown.
_ENCODED_WORD = re.compile(r"=\?[^?\s]{1,60}\?[bq]\?(?>[^?\s]*)(?:\?=)?", re.IGNORECASE)


def mask_address(local: str, domain: str) -> str:
    """The first character and the domain: enough to find a row, not to write to it."""
    first = local[:1] if len(local) > 1 else ""
    return f"{first}…@{domain}"


def mask_text(text: str) -> str:
    """The text with everything that looks like an address masked."""
    if text.isascii() and not (
        "@" in text or "%" in text or "&" in text or "?" in text
    ):
        return text  # as most replies are: a tenth of a microsecond
    if "=?" in text:
        text = _ENCODED_WORD.sub("=?\u2026?=", text)
    if not _MAY_HOLD.search(text):
        return text
    return _ADDRESS_LIKE.sub(lambda hit: mask_address(hit[1], hit[2]), text)


def mask_local(text: str, local: str) -> str:
    """The text without the local part of an address, which a server may repeat bare."""
    return re.sub(re.escape(local), "…", text, flags=re.IGNORECASE)


class Secret:
    """A password or token that prints as three asterisks; `reveal()` gives it."""

    # No class of attrs: rich and attrs.asdict() tell the fields of these, and pytest
    # those in which two differ.
    __slots__ = ("_value",)

    _value: str

    def __init__(self, value: str) -> None:
        object.__setattr__(self, "_value", value)

    def reveal(self) -> str:
        """The value itself, for the place that needs it."""
        return self._value

    def __repr__(self) -> str:
        return "Secret('***')"

    def __str__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return self._value == other._value

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __setattr__(self, name: str, _: object) -> NoReturn:
        raise AttributeError(f"a secret is never changed: {name}")

    def __reduce__(self) -> tuple[type[Self], tuple[str]]:
        return type(self), (self._value,)
