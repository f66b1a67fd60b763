"""Letters that must be refused: by this very build, before anything is measured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks import letter
from safesend import Campaign, Recipient, Template
from safesend.errors import SafesendError

__all__ = ["refused"]

_VALUES = {
    "an injected header": {"name": "Ada\r\nBcc: eve@example.org"},
    "a lone line feed": {"name": "Ada\nBcc: eve@example.org"},
}
_HEADERS = {"a planted recipient": {"Cc": "bo@example.org"}}


def refused(folder: Path) -> list[str]:
    """What was refused; ends the run when something was not."""
    for what, values in _VALUES.items():
        _try(what, folder, values, {})
    for what, headers in _HEADERS.items():
        _try(what, folder, {}, headers)
    return [*_VALUES, *_HEADERS]


def _try(
    what: str, folder: Path, values: dict[str, str], headers: dict[str, str]
) -> None:
    person: dict[str, Any] = {**letter.fields(1), **values}
    del person["email"]
    try:
        Campaign(
            name=what,
            sender=letter.SENDER,
            template=Template(
                letter.SUBJECT, text=letter.TEXT, html=letter.HTML, headers=headers
            ),
            audience=[Recipient("ada@example.org", **person)],
        ).send(f"eml:{folder / 'refused'}", ledger=":memory:")
    except SafesendError:
        return
    raise SystemExit(f"{what} was not refused: this build is not safe")
