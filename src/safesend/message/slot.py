"""The place of one value in a text, and how the value is printed there."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs

from safesend.errors import TemplateError
from safesend.message.placeholders import SUSPECT, Blank, unfilled

__all__ = ["Fields", "Slot", "as_data", "escaped", "slot_html", "slot_text"]

Fields = Mapping[str, object]
"""What a row brings, by name."""


@attrs.frozen
class Slot:
    """The place of one value.

    `name` is a field that is printed as it is, or an expression of fields as its author
    could have written it (`name|upper`), which `make` works out.
    """

    name: str
    _make: Callable[[Fields], str] | None = attrs.field(
        default=None, repr=False, eq=False
    )

    @property
    def plain(self) -> bool:
        """Whether it is a field, printed as it is."""
        return self._make is None

    def text(self, fields: Fields) -> str:
        """What is printed for one row.

        A field raises `KeyError` when there is none, and what `slot_text` does; an
        expression whatever it likes: render the part to have it explained.
        """
        if self._make is None:
            return slot_text(fields[self.name], self.name)
        return self._make(fields)


def slot_text(value: object, name: str = "") -> str:
    """A value as it is printed in a subject, header or text: `str(value)`.

    TemplateError if it is None, blank, bytes or an unfilled placeholder as a whole.
    """
    text = value if type(value) is str else _printed(value, name)
    if text[:1] in SUSPECT:
        _check_filled(text, name)
    return text


def slot_html(value: object, name: str = "") -> str:
    """A value as it is printed in html: `slot_text` with & < > ' and " escaped."""
    return escaped(slot_text(value, name))


def escaped(text: str) -> str:
    """A text as html that says the same."""
    text = text.replace("&", "&amp;").replace("<", "&lt;")
    # As markupsafe writes them, so that both paths give the same octets.
    return text.replace(">", "&gt;").replace("'", "&#39;").replace('"', "&#34;")


def as_data(value: object, name: str = "") -> object:
    """A value for a part with logic, which may test it for None, loop over it, ..."""
    if type(value) is str and value[:1] not in SUSPECT:
        return value
    if not isinstance(value, str):
        return value
    return slot_text(value, name) if value.strip() else Blank()


def _check_filled(text: str, name: str) -> None:
    if not text or text.isspace():
        raise TemplateError(f"{_field(name)} is empty; {_may_be_empty(name)}")
    if (form := unfilled(text)) is not None:
        raise TemplateError(
            f"{_field(name)} is an unfilled placeholder like {form}; mend the list"
        )


def _printed(value: object, name: str) -> str:
    if value is None:
        raise TemplateError(f"{_field(name)} is empty (None)")
    if isinstance(value, bytes | bytearray | memoryview):
        raise TemplateError(f"{_field(name)} holds bytes, not text; decode it first")
    if isinstance(value, Mapping | list | tuple | set | frozenset):
        raise TemplateError(
            f"{_field(name)} holds several values; print them one by one, with a loop"
            " or by their names"
        )
    try:
        return str(value)
    except Exception as error:  # noqa: BLE001  a value can raise whatever it likes
        kind = type(error).__name__
    raise TemplateError(f"{_field(name)} cannot be printed ({kind})")


def _may_be_empty(name: str) -> str:
    return f"fill it, or write {{{{ {name or 'name'} or '' }}}} where it may be"


def _field(name: str) -> str:
    return f"field {name!r}" if name else "a field"
