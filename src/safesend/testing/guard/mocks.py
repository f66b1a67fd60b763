"""Watches the mocks that tests put in the place of a mailer.

A mock of `smtplib.SMTP`, of `aiosmtplib.send` or of an SES client is known by the name
of what is called of it and by the shape of the arguments. What a mock without a name
is given counts when it looks like `sendmail(from, [to], message)`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from email.message import Message
from typing import Any

from safesend.testing.guard.intent import Intent, of_message, of_text
from safesend.testing.guard.log import Log
from safesend.testing.guard.patches import Patches
from safesend.testing.guard.ses_request import SENDING, messages

__all__ = ["watch"]

_OPERATIONS = {
    re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower(): operation
    for operation in SENDING
}
# RFC 5322 section 2.2: a message begins with a field.
_FIELD = re.compile(r"[!-9;-~]{1,77}:")
_HERE = ("from_addr", "to_addrs", "msg")
_ASYNC = ("sender", "recipients", "message")


def watch(mock: Any, patches: Patches, log: Log) -> None:
    """See what is sent until the patches are undone."""

    def called(call: Callable[..., Any], own: Any, *args: Any, **kwargs: Any) -> Any:
        kept = vars(own)
        name = kept.get("_mock_new_name") or kept.get("_mock_name") or ""
        read = _READERS.get(name)
        if read is None or not (sent := list(read(name, args, kwargs))):
            return call(own, *args, **kwargs)
        with log.during(f"a mock of {name}()", lambda: sent):
            return call(own, *args, **kwargs)

    patches.around(mock.CallableMixin, "__call__", called)


def _texts(
    name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> Iterable[Intent]:
    """What looks like arguments of sendmail()."""
    given = _named(args, kwargs, (0, 1, 2))
    match given:
        case [_, str() | list() | tuple() | set() as to, str() | bytes() as message]:
            text = message if isinstance(message, str) else message.decode("latin-1")
            if _FIELD.match(text):
                yield of_text(None, to, message)


def _message(
    name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> Iterable[Intent]:
    """What looks like arguments of send_message(), or of aiosmtplib's send()."""
    match _named(args, kwargs, (1, 2, 0)):
        case [_, to, Message() as message]:
            yield of_message(message, None, to)
        case [_, _, str() | bytes()]:
            yield from _texts(name, args[1:3] + args[:1], kwargs)


def _request(
    name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> Iterable[Intent]:
    """A request to SES."""
    if not args and {"Destination", "Destinations", "RawMessage", "Content"} & {
        *kwargs
    }:
        yield from messages(_OPERATIONS[name], kwargs)


def _named(
    args: tuple[Any, ...], kwargs: Mapping[str, Any], places: tuple[int, ...]
) -> list[Any]:
    """Sender, recipients and message, by name or place."""
    found = [kwargs.get(a, kwargs.get(b)) for a, b in zip(_HERE, _ASYNC, strict=True)]
    for index, place in enumerate(places):
        if found[index] is None and place < len(args):
            found[index] = args[place]
    return found


_READERS: dict[str, Callable[..., Iterable[Intent]]] = {
    "": _texts,
    "sendmail": _texts,
    "send_message": _message,
    "send": _message,
} | dict.fromkeys(_OPERATIONS, _request)
