"""What an event comes wrapped in: topics, queues, buses, functions, logs.

Amazon SNS puts it as text into an envelope, SQS puts that into the body of a message,
EventBridge has it as `detail`, a Lambda function gets several as `Records`, and the
AWS CLI writes what it received as `Messages`, or events of a log as `events`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

__all__ = ["Unfit", "decoded", "unwrapped"]

_DEEPEST = 12
_TOO_DEEP = "it is wrapped too often, or nested too deeply"
_LISTS = ("Records", "Messages", "logEvents", "events")
_INNER = ("Sns", "detail", "Message", "Body", "body", "message")
_MARKS = ("eventType", "notificationType")
_JOINED = ("SubscriptionConfirmation", "UnsubscribeConfirmation")


class Unfit(ValueError):
    """What cannot be an event: which field is wrong ("": all of it), and how."""

    def __init__(self, field: str, reason: str) -> None:
        self.field = field
        self.reason = reason
        super().__init__(reason)


def decoded(text: str, at: int = 0) -> tuple[object, int]:
    """The JSON value that begins there, and where it ends. Raises `Unfit`."""
    try:
        found: tuple[object, int] = _DECODER.raw_decode(text, at)
    except json.JSONDecodeError as error:
        reason = f"it is no JSON: {error.msg} (character {error.pos + 1})"
        raise Unfit("", reason) from None
    except RecursionError:
        raise Unfit("", _TOO_DEEP) from None
    except ValueError:
        raise Unfit("", "it holds a number that is too long") from None
    return found


def unwrapped(value: object, depth: int = 0) -> Iterator[Mapping[str, object] | Unfit]:
    """The events in a value; what is none among others is given as `Unfit`.

    A text that is no JSON says that a topic was joined, or the like: it holds none.
    """
    if depth > _DEEPEST:
        yield Unfit("", _TOO_DEEP)
    elif isinstance(value, list):
        for one in value:
            yield from unwrapped(one, depth + 1)
    elif not isinstance(value, dict):
        yield Unfit("", "it is a single value; an event is an object")
    elif any(mark in value for mark in _MARKS):
        yield value
    elif value.get("Type") in _JOINED:  # no set: it may be a list
        yield {_MARKS[1]: value["Type"]}
    else:
        yield from _inside(value, depth)


def _inside(
    value: Mapping[str, object], depth: int
) -> Iterator[Mapping[str, object] | Unfit]:
    for name in _LISTS:
        if isinstance(inner := value.get(name), list):
            yield from unwrapped(inner, depth + 1)
            return
    for name in _INNER:
        if isinstance(inner := value.get(name), dict):
            yield from unwrapped(inner, depth + 1)
            return
        if isinstance(inner, str):
            yield from _in_text(name, inner, depth)
            return
    yield Unfit(
        _MARKS[0],
        "is missing; this is no event of Amazon SES, and holds none in a way that is"
        " known",
    )


def _in_text(
    name: str, text: str, depth: int
) -> Iterator[Mapping[str, object] | Unfit]:
    if not text.lstrip().startswith(("{", "[")):
        # "Successfully validated SNS topic for Amazon SES event publishing."
        yield {_MARKS[1]: "a text"}
        return
    try:
        inner, _ = decoded(text.strip())
    except Unfit as error:
        yield Unfit(name, error.reason)
        return
    yield from unwrapped(inner, depth + 1)


def _no_number(_: str) -> None:
    """NaN and Infinity are none (RFC 8259 section 6), and nothing here needs them."""


_DECODER = json.JSONDecoder(parse_constant=_no_number)
