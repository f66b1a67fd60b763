"""A picture is not shown (M07).

Why: pictures that stand in the html itself (data:) are not shown by Outlook on Windows
and Gmail on iPhones, SVG by Gmail and Outlook on Windows; one with a relative address,
or on your own disk, nobody can load.

Source: caniemail.com (image-base64, image-svg, html-svg); RFC 2557 for what a relative
address in a mail would need.

What safesend does: it reports such pictures with their line, in style sheets and styles
as well; and in rows, where a picture's address is a merge field.

Way out: put the picture into inline/ (or inline=[Attachment.from_path("logo.png")]) and
write src="cid:logo.png". Save drawings as PNG.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from safesend.checks.html_links import css_urls
from safesend.checks.mailboxes.advice import Advice
from safesend.checks.mailboxes.letter import Letter
from safesend.checks.mailboxes.page import Page, readable
from safesend.checks.mailboxes.url_form import picture_fault
from safesend.checks.spot import shown

__all__ = ["ADVICE"]

_PICTURES = {"img": "src", "input": "src", "body": "background"}
_PICTURES |= dict.fromkeys(("table", "td", "th", "tr"), "background")
_FONT = re.compile(r"@font-face\s{0,20}\{[^}]{0,9999}\}", re.IGNORECASE)


def look(letter: Letter) -> Iterator[tuple[str, str]]:
    """Pictures of elements, then those of styles."""
    if letter.page is not None:
        yield from _of_elements(letter.page)
        yield from _of_styles(letter.page)


def _of_elements(page: Page) -> Iterator[tuple[str, str]]:
    for one in page.elements:
        src = one.said.get(_PICTURES.get(one.name, ""))
        if src is not None and (fault := picture_fault(src)):
            text = "" if src.lower().startswith("data:") else shown(readable(src))
            yield (
                one.where,
                f"the picture {text!r} {fault}" if text else (f"a picture {fault}"),
            )
        elif one.name == "svg":
            yield (
                one.where,
                "a drawing (svg) is not shown by Gmail and Outlook on Windows",
            )


def _of_styles(page: Page) -> Iterator[tuple[str, str]]:
    styled = [(one.line, one.said.get("style", "")) for one in page.elements]
    for line, css in [*styled, *page.sheets]:
        for url in css_urls(_FONT.sub("", css)):
            if url.lower().startswith("data:"):
                yield f"html, line {line}", f"a style {picture_fault(url)}"
                break


ADVICE = Advice.of(__doc__, id="M07", look=look)
