"""Any iterable of recipients, made walkable again: it is read more than once."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable, Iterator, Mapping

from safesend.errors import AudienceError, Problem
from safesend.intake.scratch import Scratch
from safesend.message.recipient import Recipient
from safesend.message.rowdata import pack, unpack

__all__ = ["checked", "replayable"]

_LENGTH = 4
_FILE = "audience"


def replayable(audience: Iterable[Recipient]) -> Iterable[Recipient]:
    """The audience itself if it can be walked again, else one that can.

    Lists, tuples, tables and everything else whose `iter()` starts anew come back as
    they are. A generator or another one-shot iterator is written to an anonymous file
    (mode 0600) while it is walked for the first time, and read from there later. A
    first walk that stopped half-way is continued by the next.

    Raises `AudienceError` for what is no iterable of recipients: at once for a list
    or a tuple, for an iterator while it is walked, naming which one it is.
    """
    if isinstance(audience, str | bytes | Mapping | Recipient) or not isinstance(
        audience, Iterable
    ):
        raise AudienceError([Problem(_FILE, 0, "", _no_audience(audience))])
    if isinstance(audience, list | tuple):
        for _ in checked(audience):
            pass
        return audience
    return _Spool(audience) if isinstance(audience, Iterator) else audience


def checked(audience: Iterable[Recipient]) -> Iterator[Recipient]:
    """The same recipients; `AudienceError` at the first thing that is none."""
    for ordinal, item in enumerate(audience, 1):
        if not isinstance(item, Recipient):
            raise AudienceError([Problem(_FILE, ordinal, "", _no_recipient(item))])
        yield item


class _Spool:
    """A one-shot iterator and what came out of it so far."""

    def __init__(self, source: Iterator[Recipient]) -> None:
        self._source = checked(source)
        self._scratch = Scratch()
        self._end = 0
        self._failed = False

    def __iter__(self) -> Iterator[Recipient]:
        place = 0
        while True:
            # What an earlier walk, or another one meanwhile, has taken out.
            if place < self._end:
                reader = self._scratch.reader(place)
                while place < self._end:
                    size = int.from_bytes(reader.read(_LENGTH), "big")
                    place += _LENGTH + size
                    yield unpack(reader.read(size))
            fresh = self._take()
            if fresh is None:
                return
            place = self._end
            yield fresh

    def _take(self) -> Recipient | None:
        # An iterator that failed ends as if it were complete when it is asked again.
        if self._failed:
            reason = "the iterator failed in an earlier walk; make the campaign anew"
            raise AudienceError([Problem(_FILE, 0, "", reason)])
        self._failed = True
        recipient = next(self._source, None)
        if recipient is not None:
            row = pack(recipient)
            self._scratch.append(len(row).to_bytes(_LENGTH, "big") + row)
            self._end += _LENGTH + len(row)
        self._failed = False
        return recipient


def _no_audience(value: object) -> str:
    if isinstance(value, Recipient):
        return "this is one Recipient; put it into a list: [recipient]"
    if isinstance(value, str | bytes):
        return (
            "this is a text; give Recipients: [Recipient(...)],"
            " or read_csv(...) for the path of a file"
        )
    if isinstance(value, AsyncIterable):
        return "this can only be walked with 'async for'; collect it into a list first"
    if callable(value):
        return "this is a function that was not called; give what it yields"
    kind = type(value).__name__
    return f"this is a {kind}; give an iterable of Recipients"


def _no_recipient(item: object) -> str:
    if isinstance(item, str):
        return "this is a text; make it Recipient(address)"
    if isinstance(item, Mapping):
        return "this is a dict; make it Recipient(row.pop('email'), **row)"
    return f"this is a {type(item).__name__}, not a Recipient"
