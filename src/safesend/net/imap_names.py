"""How names, texts and sets of mails are written in IMAP (RFC 3501)."""

from __future__ import annotations

import base64
import itertools
import re
from collections.abc import Iterator, Sequence

from safesend.errors import ConfigurationError

__all__ = ["is_said_at_all", "mailbox_name", "quoted", "uid_sets"]

_CONTROL = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_SHIFTED = re.compile("&|[^\x20-\x7e]+")


def is_said_at_all(text: str, *, ascii_only: bool) -> bool:
    """Whether a text can be said without ending the command, or being no text."""
    return not _CONTROL.search(text) and (text.isascii() or not ascii_only)


def mailbox_name(name: str) -> str:
    """The name of a mailbox in modified UTF-7 (RFC 3501 section 5.1.3).

    Raises `ConfigurationError`.
    """
    if not name or not is_said_at_all(name, ascii_only=False):
        raise ConfigurationError(f"{name!r} is no name of a mailbox")
    return _SHIFTED.sub(_shifted, name)


def _shifted(hit: re.Match[str]) -> str:
    if hit[0] == "&":
        return "&-"
    packed = base64.b64encode(hit[0].encode("utf-16-be"), b"+,")
    return f"&{packed.decode().rstrip('=')}-"


def quoted(text: str) -> str:
    """A quoted string; the text has no control characters."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def uid_sets(uids: Sequence[int], most: int) -> Iterator[str]:
    """Sets such as "3:7,9" of at most so many mails each."""
    ordered = sorted(set(uids))
    for first in range(0, len(ordered), most):
        yield ",".join(_ranges(ordered[first : first + most]))


def _ranges(uids: Sequence[int]) -> Iterator[str]:
    numbered = enumerate(uids)
    for _, group in itertools.groupby(numbered, lambda pair: pair[1] - pair[0]):
        run = [uid for _, uid in group]
        yield str(run[0]) if len(run) == 1 else f"{run[0]}:{run[-1]}"
