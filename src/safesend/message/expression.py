"""Simple expressions of a template, read from Jinja2's own tree and worked out by us.

Fields through filters that make text of text, and `or` between them: what letters
print most. They are made of Jinja2's own filters, so that they say what Jinja2 would
print, and the text round them is encoded once. Imported on use, because Jinja2 is slow
to import.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from jinja2 import nodes
from markupsafe import escape, soft_str

from safesend.message import sandbox
from safesend.message.slot import Fields, Slot, as_data

__all__ = ["read_slot"]

# Names that Jinja2 gives a meaning of its own: what prints them is logic.
_SPECIAL = frozenset({"caller", "kwargs", "loop", "self", "super", "varargs"})
# Text from text, or the value itself: none marks anything as safe html.
_FILTERS = frozenset(
    {"capitalize", "d", "default", "lower", "replace", "title", "trim", "upper"}
)
_ESCAPING = frozenset({"e", "escape"})

_Make = Callable[[Fields], object]
_Term = tuple[str, _Make]
"""An expression as its author could have written it, and how it is worked out."""


class _Logic(Exception):
    """What is not a simple expression; Jinja2 renders it."""


def read_slot(node: nodes.Node, *, html: bool) -> Slot | None:
    """The slot of what is printed, or None for what only Jinja2 can work out."""
    if isinstance(node, nodes.Name) and node.name not in _SPECIAL:
        return Slot(node.name)
    if isinstance(node, nodes.Const):  # It could be text of the letter.
        return None
    try:
        return Slot(*_printed(*_outermost(node, html=html)))
    except _Logic:
        return None


def _outermost(node: nodes.Node, *, html: bool) -> _Term:
    """The whole expression: only here escaping leaves nothing for others to escape."""
    if not (isinstance(node, nodes.Filter) and node.name in _ESCAPING):
        return _term(node, html=html)
    if node.node is None or node.args or node.kwargs or node.dyn_args:
        raise _Logic
    source, make = _term(node.node, html=html)
    if html:  # Every value is escaped there; that it was asked for changes nothing.
        return f"{source}|escape", lambda fields: _as_text(make(fields))
    # Spelt otherwise, since it is another slot than the one in html.
    return f"{source}|e", lambda fields: escape(make(fields))


def _as_text(value: object) -> str:
    return str.__str__(soft_str(value))


def _term(node: nodes.Node, *, html: bool) -> _Term:
    match node:
        case nodes.Name() if node.name not in _SPECIAL:
            return node.name, _field(node.name)
        case nodes.Const():
            constant = node.value
            return repr(constant), lambda _: constant
        case nodes.Or():
            names = {each.name for each in node.find_all(nodes.Name)}
            left, right = _term(node.left, html=html), _term(node.right, html=html)
            return _either(left, right, sorted(names))
        case nodes.Filter() if node.node is not None and node.name in _FILTERS:
            return _filtered(node, node.node, html=html)
    raise _Logic


def _field(name: str) -> _Make:
    undefined = sandbox.undefined

    def field(fields: Fields) -> object:
        """The field, for a filter to look at; what is unknown says so when printed."""
        if name in fields:
            return as_data(fields[name], name)
        return undefined(name)

    return field


def _either(left: _Term, right: _Term, names: list[str]) -> _Term:
    first, second = left[1], right[1]

    def either(fields: Fields) -> object:
        """One of them; a placeholder that nobody filled is refused in both."""
        for name in names:
            if name in fields:
                as_data(fields[name], name)
        return first(fields) or second(fields)

    return f"({left[0]} or {right[0]})", either


def _filtered(node: nodes.Filter, inner: nodes.Node, *, html: bool) -> _Term:
    if node.dyn_args is not None or node.dyn_kwargs is not None:
        raise _Logic
    args = [_constant(each) for each in node.args]
    keywords = cast("list[nodes.Keyword]", node.kwargs)
    named = {each.key: _constant(each.value) for each in keywords}
    source, make = _term(inner, html=html)
    work = sandbox.filter_named(node.name, html=html)
    told = ", ".join([*map(repr, args), *(f"{k}={v!r}" for k, v in named.items())])
    source = f"{source}|{node.name}" + (f"({told})" if told else "")
    if named or args:
        return source, lambda fields: work(make(fields), *args, **named)
    return source, lambda fields: work(make(fields))


def _constant(node: nodes.Node) -> object:
    if not isinstance(node, nodes.Const):
        raise _Logic
    return node.value


def _printed(source: str, make: _Make) -> tuple[str, Callable[[Fields], str]]:
    printable = sandbox.printable

    def printed(fields: Fields) -> str:
        """What Jinja2 would print, before it escapes it."""
        return str(printable(make(fields)))

    return source, printed
