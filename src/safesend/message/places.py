"""Where each value of a message stands in the row of values that fills a layout."""

from __future__ import annotations

import attrs

from safesend.message.layout import FIRST, Ink
from safesend.message.part import Part, Slot
from safesend.message.template import Template

__all__ = ["Places", "find_places", "is_constant"]


@attrs.frozen
class Places:
    """The values that a template needs, in their order.

    After the values that every message has (`layout`) come: one for each of `headers`,
    the parts that are a header of each message anew; two for each of `fields`, the
    names that stand in bodies as plain slots (as text, as html); one for each of
    `whole`, the bodies that have logic.
    """

    headers: tuple[Part, ...]
    fields: tuple[str, ...]
    whole: tuple[Part, ...]

    @property
    def first_body(self) -> int:
        """The place of the first value that stands in a body."""
        return FIRST + len(self.headers)

    @property
    def count(self) -> int:
        """How many values a message needs."""
        return self.first_body + 2 * len(self.fields) + len(self.whole)

    def of_header(self, part: Part) -> Ink:
        """The place of a header that changes."""
        return FIRST + self.headers.index(part)

    def of_slot(self, part: Part, slot: Slot) -> Ink:
        """The place of a field as it stands in this body."""
        as_html = part.name == "html"
        return self.first_body + 2 * self.fields.index(slot.name) + as_html

    def of_whole(self, part: Part) -> Ink:
        """The place of a whole body."""
        return self.first_body + 2 * len(self.fields) + self.whole.index(part)


def is_constant(part: Part) -> bool:
    """Whether the part is the same in every message."""
    return part.pieces is not None and all(
        isinstance(piece, str) for piece in part.pieces
    )


def find_places(template: Template) -> Places:
    """What changes from message to message."""
    parts = template.parts
    bodies = [parts[name] for name in ("text", "html") if name in parts]
    headers = [part for part in parts.values() if part not in bodies]
    slots = {
        piece.name: None
        for part in bodies
        for piece in part.pieces or ()
        if isinstance(piece, Slot)
    }
    return Places(
        headers=tuple(part for part in headers if not is_constant(part)),
        fields=tuple(slots),
        whole=tuple(part for part in bodies if part.pieces is None),
    )
