"""Watches the mocks that tests put in the place of a mailer.

A mock of `smtplib.SMTP`, of `aiosmtplib.send` or of an SES client is known by the name
of what is called of it and by the shape of the arguments. What a mock without a name
is given counts when it looks like `sendmail(from, [to], message)`.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping
from email.message import Message
from typing import Any

from safesend.testing.guard.intent import Intent, of_message, of_text
from safesend.testing.guard.log import Log
from safesend.testing.guard.patches import Patches
from safesend.testing.guard.ses_request import SENDING, messages

__all__ = ["watch"]

# RFC 5322 section 2.2: a message begins with a field.
_FIELD = re.compile(r"[!-9;-~]{1,77}:")
_NAMES = (("from_addr", "sender"), ("to_addrs", "recipients"), ("msg", "message"))
_OF_A_REQUEST = {"Destination", "Destinations", "RawMessage", "Content"}

_Args = tuple[Any, ...]
_Params = Mapping[str, Any]
_Read = Callable[[_Args, _Params], Iterator[Intent]]


def watch(mock: Any, patches: Patches, log: Log) -> None:
    """See what is sent until the patches are undone."""

    def called(call: Callable[..., Any], own: Any, *args: Any, **kwargs: Any) -> Any:
        kept = vars(own)
        name = kept.get("_mock_new_name") or kept.get("_mock_name") or ""
        read = _READERS.get(name)
        if read is None or not (sent := _sent(read, args, kwargs)):
            return call(own, *args, **kwargs)
        with log.during(f"a mock of {name or 'sendmail'}()", lambda: sent):
            return call(own, *args, **kwargs)

    patches.around(mock.CallableMixin, "__call__", called)


def _sent(read: _Read, args: _Args, kwargs: _Params) -> list[Intent]:
    """What a mock was given may be anything, and then it is no mail."""
    with contextlib.suppress(Exception):
        return list(read(args, kwargs))
    return []


def _texts(args: _Args, kwargs: _Params) -> Iterator[Intent]:
    """What looks like arguments of sendmail()."""
    match _given(args, kwargs, (0, 1, 2)):
        case [_, str() | list() | tuple() | set() as to, str() | bytes() as message]:
            text = message if isinstance(message, str) else message.decode("latin-1")
            if _FIELD.match(text):
                yield of_text(None, to, message)


def _message(args: _Args, kwargs: _Params) -> Iterator[Intent]:
    """What looks like arguments of send_message(), or of aiosmtplib's send()."""
    match _given(args, kwargs, (1, 2, 0)):
        case [_, to, Message() as message]:
            yield of_message(message, None, to)
        case [sender, to, str() | bytes() as message]:
            yield from _texts((sender, to, message), {})


def _given(args: _Args, kwargs: _Params, places: tuple[int, ...]) -> list[Any]:
    """Sender, recipients and message, by name or by place."""
    found = []
    for names, place in zip(_NAMES, places, strict=True):
        named = [kwargs[name] for name in names if name in kwargs]
        found.append((*named, *args[place : place + 1], None)[0])
    return found


def _request(operation: str) -> _Read:
    def read(args: _Args, kwargs: _Params) -> Iterator[Intent]:
        if not args and not _OF_A_REQUEST.isdisjoint(kwargs):
            yield from messages(operation, kwargs)

    return read


_READERS: dict[str, _Read] = {
    "": _texts,
    "sendmail": _texts,
    "send_message": _message,
    "send": _message,
} | {
    re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower(): _request(operation)
    for operation in SENDING
}
