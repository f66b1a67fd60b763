"""The Jinja2 that templates run in: sandboxed, strict, with no loader and no globals.

Imported on use, because Jinja2 is slow to import.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from types import TracebackType
from typing import Any

from jinja2 import Template, TemplateSyntaxError, nodes
from jinja2.exceptions import SecurityError, TemplateRuntimeError, UndefinedError
from jinja2.meta import find_undeclared_variables
from jinja2.runtime import StrictUndefined, TemplateReference, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing
from markupsafe import Markup

from safesend.message.placeholders import Blank

__all__ = [
    "Unprintable",
    "compiled",
    "explained",
    "filter_named",
    "lexed",
    "line_of",
    "names",
    "parsed",
    "printable",
    "undefined",
]

_REFUSED: tuple[tuple[type[nodes.Node], str], ...] = (
    (nodes.Include, "include is not available: a template is one text"),
    (nodes.Import, "import is not available: a template is one text"),
    (nodes.FromImport, "import is not available: a template is one text"),
    (nodes.Extends, "extends is not available: a template is one text"),
    (
        nodes.EvalContextModifier,
        "autoescape cannot be switched; mark single values with |safe",
    ),
)

# Of these it is known that they print themselves: most values, asked for first.
_PLAIN = frozenset({str, int, float, bool, Decimal, date, datetime, time, Markup})


class Unprintable(Exception):
    """A value that must not be printed; the text says why and holds no value."""


class UnknownField(UndefinedError):
    """A name of the template that the row does not have; the text is the name."""


class _Unknown(StrictUndefined):
    """Strict, and tells a missing field from a value without some attribute.

    The latter's name may come from another value (`prices[code]`): never shown.
    """

    __slots__ = ()

    def __init__(
        self,
        hint: str | None = None,
        obj: Any = missing,
        name: str | None = None,
        exc: type[TemplateRuntimeError] = UndefinedError,
    ) -> None:
        if obj is missing and name is not None and exc is UndefinedError:
            hint, exc = name, UnknownField
        super().__init__(hint, obj, name, exc)


def printable(value: object) -> object:
    """A value that may be printed. Raises `Unprintable` for all others."""
    if type(value) in _PLAIN:
        return value
    if value is None:
        raise Unprintable("is empty (None)")
    if type(value) is Blank:
        raise Unprintable(
            "is empty; fill it, or write {{ name or '' }} where it may be"
        )
    if isinstance(value, bytes | bytearray | memoryview):
        raise Unprintable("holds bytes, not text; decode it first")
    if isinstance(value, Mapping | list | tuple | set | frozenset):
        raise Unprintable(
            "holds several values; print them one by one, with a loop or by their names"
        )
    if _is_machinery(value):
        raise Unprintable(
            "is part of the template's own machinery (self, a loop, a macro, a method"
            " or filter that is not finished); give a column of that name another one"
        )
    return value


def _is_machinery(value: object) -> bool:
    """What Python would print as `<generator object ... at 0x7f...>`."""
    if isinstance(value, Undefined):  # which says itself what is wrong
        return False
    return callable(value) or isinstance(value, Iterator | TemplateReference)


@functools.cache
def _environment(*, html: bool) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        undefined=_Unknown,
        autoescape=html,
        keep_trailing_newline=True,
        finalize=printable,
    )
    environment.globals.clear()
    # The same row gives the same message at every attempt.
    del environment.filters["random"]
    return environment


def parsed(source: str, *, html: bool) -> nodes.Template:
    """The tree of a source. Raises TemplateSyntaxError, also for what is refused."""
    tree = _environment(html=html).parse(source)
    for kind, reason in _REFUSED:
        found = next(tree.find_all(kind), None)
        if found is not None:
            raise TemplateSyntaxError(reason, found.lineno)
    return tree


def lexed(source: str) -> Iterator[tuple[str, str]]:
    """The tokens of a source, each with its text; none is left out but white space."""
    tokens = _environment(html=True).lexer.tokeniter(source, None)
    return ((kind, text) for _, kind, text in tokens)


def names(tree: nodes.Template) -> frozenset[str]:
    """All names that a row must bring, defaults and conditions included."""
    return frozenset(find_undeclared_variables(tree))


def compiled(source: str, *, html: bool) -> Template:
    """A source as a function of fields."""
    return _environment(html=html).from_string(source)


def undefined(name: str) -> Undefined:
    """What stands for a field that the row does not have."""
    return _Unknown(name=name)


def filter_named(name: str, *, html: bool) -> Callable[..., object]:
    """A filter as a function of a value and the filter's own arguments."""
    environment = _environment(html=html)
    work: Callable[..., object] = environment.filters[name]
    if name == "replace":  # It asks whether values are escaped when they are printed.
        return functools.partial(work, nodes.EvalContext(environment))
    return work


def line_of(error: BaseException) -> int:
    """The line of the template where it failed, 0 when unknown."""
    if isinstance(error, TemplateSyntaxError):
        return error.lineno
    line, trace = 0, error.__traceback__
    while trace is not None:
        line = _template_line(trace) or line
        trace = trace.tb_next
    return line


def _template_line(trace: TracebackType) -> int:
    # Jinja2 puts frames with the template's own line numbers in the traceback and
    # marks them by this name.
    own = "__jinja_exception__" in trace.tb_frame.f_globals
    return trace.tb_lineno if own else 0


def explained(error: Exception, known: frozenset[str]) -> str:
    """Why a part could not be made; `known` are the names of the row's fields.

    Says nothing of any value.
    """
    match error:
        case TemplateSyntaxError():
            return error.message or "this is not a template"
        case UnknownField():
            fields = ", ".join(sorted(known)[:30]) or "none"
            return f"unknown field {error.message!r}; the fields are: {fields}"
        case Unprintable():
            return f"a value {error}"
        case SecurityError():
            return "this attribute or call is not available in a template"
        case UndefinedError():
            return "a value lacks the attribute or item that is asked of it"
    return f"a value does not fit what is done with it ({type(error).__name__})"
