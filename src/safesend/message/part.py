"""One text of a letter: constant pieces and slots, or logic that Jinja2 runs."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import attrs

from safesend.errors import TemplateError
from safesend.message.html_to_text import rendered_to_text
from safesend.message.placeholders import refuse_leftovers
from safesend.message.slot import Fields, Slot, as_data, slot_html, slot_text
from safesend.redaction import mask_text

if TYPE_CHECKING:
    from jinja2 import nodes

__all__ = [
    "Part",
    "Slot",
    "compile_part",
    "literal_part",
    "slot_html",
    "slot_text",
    "text_part",
]

_JINJA_MARK = re.compile(r"\{(?=[{%#]|\Z)")
# Two noncharacters of Unicode: no source may hold them, so they can hold places.
_OPEN, _CLOSE = "\ufdd0", "\ufdd1"
_PLACE = re.compile(f"{_OPEN}([0-9]+){_CLOSE}")


@attrs.frozen
class Part:
    """One text of a letter, compiled.

    `name` is "subject", "text", "html" or "header X-Foo". `pieces` are the constant
    texts and the slots in order, or None when the source has logic. `fields` are
    all the names that the source uses. `plain`: it prints fields as they are, and does
    nothing else with them.
    """

    name: str
    pieces: tuple[str | Slot, ...] | None = attrs.field(repr=False)
    fields: frozenset[str]
    source: str = attrs.field(repr=False)
    _make: Callable[[Fields], str] = attrs.field(repr=False, eq=False)
    plain: bool = attrs.field(init=False, repr=False, eq=False)

    @plain.default
    def _only_fields(self) -> bool:
        if self.pieces is None:
            return False
        return all(isinstance(piece, str) or piece.plain for piece in self.pieces)

    def render(self, fields: Fields) -> str:
        """The text for one row.

        Raises TemplateError for an unknown field, one that is blank or bytes, and one
        that holds nothing but an unfilled placeholder. No value is in its message.
        """
        try:
            return self._make(self._own(fields))
        except TemplateError as error:
            problem = error if error.part else TemplateError(str(error), self.name)
        except Exception as error:  # noqa: BLE001  a value can raise whatever it likes
            problem = _problem(self.name, error, fields)
        # Raised here so that no exception with values in its frames hangs on to it.
        raise problem

    def _own(self, fields: Fields) -> dict[str, object]:
        read = slot_text if self.plain else as_data
        names = [name for name in self.fields if name in fields]
        return {name: read(fields[name], name) for name in names}


def compile_part(name: str, source: str, *, html: bool = False) -> Part:
    """A source as a Part. TemplateError, with the line, if it cannot be used."""
    _refuse_marks(name, source)
    tree, part = _compiled(name, source, html=html)
    refuse_leftovers(name, _constants(tree))
    return part


def literal_part(name: str, text: str) -> Part:
    """A text as a Part that prints it as it stands: braces in it are braces."""
    _refuse_marks(name, text)
    return Part(name, (text,) if text else (), frozenset(), text, lambda _: text)


def text_part(html: Part) -> Part:
    """The text that goes with an html part when the author wrote none.

    When it prints fields as they are, the html source is converted once and keeps its
    slots. Otherwise what is left of it after conversion could be out of order (an `if`
    inside a tag that is dropped, numbers of a list made by a `for`, a paragraph that
    turns out empty), so the html is rendered for every message and converted.
    """
    if html.pieces is None or not html.plain:
        return Part("text", None, html.fields, html.source, _converting(html))
    pieces = _converted(html.pieces)
    _, part = _compiled("text", "".join(_written(pieces)), html=False)
    return attrs.evolve(part, pieces=pieces)


def _refuse_marks(name: str, source: str) -> None:
    if _OPEN in source or _CLOSE in source:
        raise TemplateError("U+FDD0 and U+FDD1 are not characters; remove them", name)


def _compiled(name: str, source: str, *, html: bool) -> tuple[nodes.Template, Part]:
    from safesend.message import sandbox  # noqa: PLC0415  Jinja2 is slow to import

    try:
        tree = sandbox.parsed(source, html=html)
        fields = sandbox.names(tree)
        make = sandbox.compiled(source, html=html).render
    except Exception as error:  # noqa: BLE001  RecursionError and its like as well
        problem = _problem(name, error, {})
    else:
        return tree, Part(name, _pieces(tree, html=html), fields, source, make)
    raise problem


def _problem(part: str, error: Exception, fields: Fields) -> TemplateError:
    from safesend.message import sandbox  # noqa: PLC0415  Jinja2 is slow to import

    reason = sandbox.explained(error, frozenset(fields))
    return TemplateError(mask_text(reason), part, sandbox.line_of(error))


def _constants(tree: nodes.Template) -> Iterator[tuple[int, str]]:
    from jinja2 import nodes  # noqa: PLC0415  slow to import

    return ((node.lineno, node.data) for node in tree.find_all(nodes.TemplateData))


def _pieces(tree: nodes.Template, *, html: bool) -> tuple[str | Slot, ...] | None:
    from jinja2 import nodes  # noqa: PLC0415  slow to import

    from safesend.message.expression import read_slot  # noqa: PLC0415  the same

    pieces: list[str | Slot] = []
    for statement in tree.body:
        if not isinstance(statement, nodes.Output):
            return None
        for node in statement.nodes:
            if isinstance(node, nodes.TemplateData):
                pieces.append(node.data)
            elif (slot := read_slot(node, html=html)) is not None:
                pieces.append(slot)
            else:
                return None
    return tuple(_joined(pieces))


def _joined(pieces: list[str | Slot]) -> Iterator[str | Slot]:
    """Neighbouring constants as one; a comment or raw block stood between them."""
    for constant, group in itertools.groupby(pieces, lambda p: isinstance(p, str)):
        if constant:
            yield "".join(str(piece) for piece in group)
        else:
            yield from group


def _converting(html: Part) -> Callable[[Fields], str]:
    return lambda fields: rendered_to_text(html.render(fields))


def _converted(pieces: tuple[str | Slot, ...]) -> tuple[str | Slot, ...]:
    slots = list(dict.fromkeys(p for p in pieces if isinstance(p, Slot)))
    places = {slot: f"{_OPEN}{place}{_CLOSE}" for place, slot in enumerate(slots)}
    marked = "".join(p if isinstance(p, str) else places[p] for p in pieces)
    found = _PLACE.split(rendered_to_text(marked))
    both = (slots[int(p)] if odd % 2 else p for odd, p in enumerate(found))
    return tuple(piece for piece in both if piece)


def _written(pieces: tuple[str | Slot, ...]) -> Iterator[str]:
    """The source that prints these pieces: a brace from `&#123;` stays a brace."""
    for piece in pieces:
        if isinstance(piece, Slot):
            yield f"{{{{ {piece.name} }}}}"
        else:
            yield _JINJA_MARK.sub("{{ '{' }}", piece)
