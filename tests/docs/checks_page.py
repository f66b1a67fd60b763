"""Makes `docs/reference/checks.md` from the checks themselves.

    python tests/docs/checks_page.py

The sections of the checks are their own docstrings, the tables are the lists that the
code goes by; what is held outside the checks is written in `checks_page.md`.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from string import Template

from safesend.checks.addresses import mentions
from safesend.checks.base import Check
from safesend.checks.catalogue import ALL_CHECKS
from safesend.checks.disguises import _WAYS, APART
from safesend.checks.documents.budget import Budget, Unreadable
from safesend.checks.documents.files import File
from safesend.checks.documents.formats import FORMATS, Format
from safesend.checks.mailboxes.advice import Advice
from safesend.checks.mailboxes.catalogue import ALL_ADVICE
from safesend.checks.shared_list import FEW, MANY
from safesend.scanner.child import FileReader

__all__ = ["CLAUSES", "EXAMPLES", "FILE", "INSIDE", "TEMPLATE", "page"]

FILE = Path(__file__).parents[2] / "docs" / "reference" / "checks.md"
TEMPLATE = Path(__file__).with_suffix(".md")

BOB = "bob@example.org"

EXAMPLES: tuple[tuple[str, str], ...] = (
    ("", "Bob <BOB@Example.org>"),
    ("", "bob+news@example.org"),
    ("percent-encoded", "https://example.com/?u=bob%40example.org"),
    ("percent-encoded", "bob%2540example.org"),
    ("as character references", "bob&#64;example&period;org"),
    ("as an encoded word", "=?utf-8?Q?bob=40example.org?="),
    ("in quoted-printable", "bob=40example.org"),
    ("with backslash escapes", r"bob\u0040example.org"),
    ("in UTF-7", "bob+AEA-example.org"),
    ("in full-width or styled letters", "\uff42\uff4f\uff42\uff20example.org"),
    ("with look-alike letters", "b\u043eb@example.org"),
    ("with invisible characters", "b\u200bob@example.org"),
    (APART, "bob @ example.org"),
    ("as a bounce address", "bounce-bob=example.org@lists.example.net"),
    ("spelt out", "bob [at] example [dot] org"),
    ("written backwards", "gro.elpmaxe@bob"),
    ("in ROT13", "obo@rknzcyr.bet"),
    ("in base64", "Ym9iQGV4YW1wbGUub3Jn"),
    ("in hexadecimal", "626f62406578616d706c652e6f7267"),
    ("percent-encoded, in base64", "Ym9iJTQwZXhhbXBsZS5vcmc="),
)
"""How an address is disguised, and what that looks like."""

CLAUSES = frozenset(
    {
        *(clause for _, _, clause in _WAYS),
        APART,
        "with invisible characters",
        "with look-alike letters",
        "in full-width or styled letters",
    }
)
"""What a leak says of a disguise."""

INSIDE = {
    "a PDF": (
        "pages, notes, forms, bookmarks, properties, attached files, switched-off"
        " layers, earlier versions and what is left of them"
    ),
    "an Excel, Word or PowerPoint file": (
        "cells, formulas, text, slides, notes, comments, tracked changes, headers,"
        " defined names, pivot caches, links to other files, properties, macros,"
        " embedded files; what is hidden of it is refused (L23)"
    ),
    "an OpenDocument file": "the same",
    "a flat OpenDocument file": "the same",
    "an old Office file": (
        "refused (doc, xls, ppt, vsd, pub, msg), and its octets searched; embedded"
        " objects and macros inside other files are read"
    ),
    "a zip archive": "names, comments and every member, of archives in it too",
    "a gzip file": "what is packed in it, its name and comment",
    "a bzip2 file": "what is packed in it",
    "an xz file": "what is packed in it",
    "a tar archive": "names, owners, links and every member",
    "a PNG picture": "the texts beside the picture, EXIF and XMP",
    "a JPEG picture": "EXIF, XMP, IPTC and comments",
    "a GIF picture": "comments and XMP",
    "a TIFF picture": "its tags, and its octets searched",
    "a WebP picture": "EXIF and XMP",
    "a picture": "EXIF and XMP, and its octets searched",
    "a font, sound or film": "its octets are searched, with a warning",
    "a program that unpacks itself": "its octets, with a warning, and its archive",
    "an RTF text": "text, hidden text, properties, embedded objects",
    "a calendar": "every property, and the files in it",
    "a contact card": "the same",
    "a mailbox": "every mail in it; it is refused (L20)",
    "a mail": "all of it, as a message is read; it is refused (L20)",
    "an HTML page": "text, attributes, links, comments, styles, scripts as text",
    "an XML file": "text, attributes, comments; nothing outside it is loaded",
    "armoured octets": "the lines, and the octets of each block",
    "a table": "every cell, under its column",
    "a JSON file": "every name and every value",
}
"""What is read in each format that safesend opens."""


def page() -> str:
    """The whole page."""
    template = Template(TEMPLATE.read_text("utf-8"))
    return template.substitute(
        **_links(),
        **_limits(),
        checks="\n".join(map(_section, ALL_CHECKS)),
        advice="\n".join(map(_advice, ALL_ADVICE)),
        bob=BOB,
        disguises="\n".join(_disguises()),
        formats="\n".join(_formats()),
        few=FEW,
        many=MANY,
    )


def _links() -> dict[str, str]:
    """For each id the links to its checks."""
    links: dict[str, str] = {}
    for check in ALL_CHECKS:
        link = f"[{check.title}]({_anchor(check)})"
        links[check.id] = f"{links[check.id]}, {link}" if check.id in links else link
    return {name: f"checked: {link}" for name, link in links.items()}


def _heading(check: Check) -> str:
    return f"{check.id}: {check.title}"


def _anchor(check: Check) -> str:
    plain = "".join(c for c in _heading(check).lower() if c.isalnum() or c in "_- ")
    return "#" + plain.strip().replace(" ", "-")


def _section(check: Check) -> str:
    said = {
        "Danger": check.danger,
        "A real case": check.case,
        "What safesend does": check.answer,
        "The way out": check.way_out,
        "May it be allowed?": "Yes, with a reason." if check.allowable else "No.",
    }
    paragraphs = (
        f"**{head}** {text[:1].upper()}{text[1:]}" for head, text in said.items()
    )
    return "\n\n".join([f"### {_heading(check)}", *map(_wrapped, paragraphs)]) + "\n"


def _advice(advice: Advice) -> str:
    said = {
        "Why": advice.why,
        "What safesend does": advice.answer,
        "The way out": advice.way_out,
        "Source": advice.source,
    }
    shown = {head: re.sub(r"<[^>]+>", r"`\g<0>`", text) for head, text in said.items()}
    paragraphs = (_wrapped(f"**{head}** {text}") for head, text in shown.items())
    return "\n\n".join([f"### {advice.id}: {advice.title}", *paragraphs]) + "\n"


def _wrapped(text: str, width: int = 88) -> str:
    lines, line = list[str](), ""
    for word in text.split():
        # At the beginning of a line these would make a list or a heading.
        begins = word[0] in "-+#>" or word.rstrip(".").isdigit()
        if line and len(line) + 1 + len(word) > width and not begins:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return "\n".join([*lines, line])


def _disguises() -> Iterator[str]:
    yield "| disguise | for example |"
    yield "|---|---|"
    for clause, text in EXAMPLES:
        found = [one.disguise for one in mentions(text) if BOB in one.spellings]
        assert clause in found, (clause, text, found)
        shown = text.replace("\u200b", "[U+200B]")
        yield f"| {clause or 'none'} | `{shown}` |"


def _formats() -> Iterator[str]:
    yield "| format | usual suffixes | what is read |"
    yield "|---|---|---|"
    for form in FORMATS:
        suffixes = " ".join(sorted(form.suffixes))
        yield f"| {form.what} | {suffixes} | {_treatment(form)} |"


def _treatment(form: Format) -> str:
    module, _, function = form.readers[0].partition(":")
    if not module.endswith(".sealed"):
        return INSIDE[form.what]
    try:
        list(getattr(importlib.import_module(module), function)(File("", b"")))
    except Unreadable as reason:
        return f"refused: {reason}"
    raise AssertionError(form.what)


def _limits() -> dict[str, str]:
    budget = Budget()
    return {
        "unpacked": f"{budget.octets >> 20} MB",
        "text": f"{budget.text >> 20} million characters",
        "pieces": f"{budget.pieces:,}",
        "files": f"{budget.files:,}",
        "depth": str(budget.depth),
        "seconds": f"{FileReader().seconds:.0f} seconds",
    }


if __name__ == "__main__":
    FILE.write_text(page(), "utf-8")
