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
    names that stand in bodies as plain slots (as text, as html), and two for each of
    `expressions`, the other slots; one for each of `whole`, the bodies that have logic.
    """

    headers: tuple[Part, ...]
    fields: tuple[str, ...]
    expressions: tuple[Slot, ...]
    whole: tuple[Part, ...]
    first_body: int = attrs.field(init=False)
    """The place of the first value that stands in a body."""
    first_whole: int = attrs.field(init=False)
    """The place of the first body that has logic."""
    count: int = attrs.field(init=False)
    """How many values a message needs."""

    @first_body.default
    def _first_body(self) -> int:
        return FIRST + len(self.headers)

    @first_whole.default
    def _first_whole(self) -> int:
        return self.first_body + 2 * (len(self.fields) + len(self.expressions))

    @count.default
    def _count(self) -> int:
        return self.first_whole + len(self.whole)

    def of_header(self, part: Part) -> Ink:
        """The place of a header that changes."""
        return FIRST + self.headers.index(part)

    def of_slot(self, part: Part, slot: Slot) -> Ink:
        """The place of a value as it stands in this body."""
        as_html = part.name == "html"
        if slot.plain:
            return self.first_body + 2 * self.fields.index(slot.name) + as_html
        number = len(self.fields) + self.expressions.index(slot)
        return self.first_body + 2 * number + as_html

    def of_whole(self, part: Part) -> Ink:
        """The place of a whole body."""
        return self.first_whole + self.whole.index(part)


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
        piece: None
        for part in bodies
        for piece in part.pieces or ()
        if isinstance(piece, Slot)
    }
    return Places(
        headers=tuple(part for part in headers if not is_constant(part)),
        fields=tuple(slot.name for slot in slots if slot.plain),
        expressions=tuple(slot for slot in slots if not slot.plain),
        whole=tuple(part for part in bodies if part.pieces is None),
    )
