"""The page on which a mailing is looked at: one file that loads nothing."""

from __future__ import annotations

import base64
import functools
import hashlib
import importlib.resources
from collections.abc import Iterable, Sequence

from jinja2 import Environment, PackageLoader, StrictUndefined

from safesend.errors import Leak
from safesend.preview.look import Look, Preview
from safesend.preview.unusual import is_unseen

__all__ = ["GENERATOR", "octets", "page"]

GENERATOR = "safesend preview"
"""How a page says by whom it was made."""

_ASSETS = "assets"
_MOST = 20
"""Findings, and URLs, of a kind that are shown."""


def page(preview: Preview, files: Sequence[str] = ()) -> str:
    """The page, self-contained. `files` are its messages' own, which it links to."""
    script = _asset("page.js")
    return (
        _environment()
        .get_template("page.html")
        .render(
            name=preview.campaign.name,
            rehearsal=preview.rehearsal,
            sample=preview.sample,
            looks=preview.looks,
            search=preview.search,
            files=files,
            most=_MOST,
            generator=GENERATOR,
            style=_asset("page.css"),
            script=script,
            script_hash=_hash(script),
        )
    )


def _asset(name: str) -> str:
    place = importlib.resources.files("safesend.preview") / _ASSETS / name
    return place.read_text("utf-8")


def _hash(script: str) -> str:
    """By which the page's policy knows its script (CSP level 3, section 2.3.1)."""
    digest = hashlib.sha256(script.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("safesend.preview", _ASSETS),
        autoescape=True,
        undefined=StrictUndefined,
    )
    environment.filters.update(
        seen=_seen,
        thousands="{:,}".format,
        octets=octets,
        searched=_searched,
        advice=_advice,
    )
    return environment


def _seen(value: object) -> str:
    """A text in which what nobody sees, and what turns others, stands as its number."""
    text = str(value)
    if text.isprintable():
        return text
    return "".join(
        f"⟨U+{ord(character):04X}⟩" if is_unseen(character) else character
        for character in text
    )


def octets(number: int) -> str:
    """How large a file is: "112 bytes", "1.4 MB"."""
    if number < 1000:  # noqa: PLR2004  from here on thousands are counted
        return "1 byte" if number == 1 else f"{number} bytes"
    size, unit = number / 1000, "kB"
    for larger in ("MB", "GB"):
        if size >= 1000:  # noqa: PLR2004
            size, unit = size / 1000, larger
    return f"{size:.1f} {unit}"


def _advice(leaks: Iterable[Leak]) -> list[tuple[str, str]]:
    """What can be done, said once for each check."""
    return list({leak.check: leak.advice for leak in leaks if leak.advice}.items())


def _searched(look: Look) -> str:
    """What the search box looks at: the address, the fields and the subject."""
    subject = look.message.subject if look.message else ""
    values = [value for _, value in look.fields]
    reasons = look.pick.reasons
    words = (look.recipient.address.wire, subject, *values, *reasons)
    return "\n".join(words).lower()
