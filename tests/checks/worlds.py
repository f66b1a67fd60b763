"""Small worlds for the tests of checks: a list, one reader of it, what is read.

world = World.of(person("ada@example.net"), person("bob@example.net"))
leaks = world.examine(CHECK, text("write to bob@example.net"), row=0)
"""

from __future__ import annotations

import base64

import attrs

from safesend.checks.addresses import keys_of
from safesend.checks.base import Check
from safesend.checks.canaries import Canaries
from safesend.checks.circle import EVERYBODY, Circle, Reader
from safesend.checks.digests import digests_of
from safesend.checks.people import People
from safesend.checks.piece import Found, Kind, Piece
from safesend.checks.reading import Reading
from safesend.errors import Leak
from safesend.message.address import Address
from safesend.message.number_table import NumberTable
from safesend.message.recipient import Recipient

FIRST_LINE = 2
"""The first line of a list is its header."""

SENDER = "news@club.example.org"


def person(address, /, *, attachments=(), **fields):
    """A row that does not know yet where it stands."""
    return Recipient.from_row(address, fields, attachments=attachments)


def _percent(address):
    return "".join(f"%{octet:02X}" for octet in address.encode())


DISGUISES = {
    "as it is": str,
    "in capitals": str.upper,
    "base64": lambda a: base64.b64encode(f"to: {a}".encode()).decode(),
    "base64url": lambda a: base64.urlsafe_b64encode(a.encode()).decode().rstrip("="),
    "soft break": lambda a: f"{a[:-4]}=\r\n{a[-4:]}",
    "quoted-printable": lambda a: a.replace("@", "=40"),
    "entities": lambda a: "".join(f"&#{ord(c)};" for c in a),
    "entity at": lambda a: a.replace("@", "&commat;"),
    "percent": lambda a: a.replace("@", "%40"),
    "percent all": _percent,
    "percent twice": lambda a: a.replace("@", "%2540"),
    "zero-width": lambda a: a.replace("@", "\u200b@\u200d"),
    "look-alikes": lambda a: a.replace("o", "\u043e"),
    "full-width at": lambda a: a.replace("@", "\uff20"),
    "encoded word": lambda a: f"=?utf-8?B?{base64.b64encode(a.encode()).decode()}?=",
    "hexadecimal": lambda a: a.encode().hex(),
}
"""How an address may be written so that a plain search does not find it (L38)."""


@attrs.frozen
class World:
    """A circle, and the recipients from whom it was made, in the order of the list."""

    circle: Circle
    recipients: tuple[Recipient, ...]

    @classmethod
    def of(
        cls,
        *rows,
        allowed=(SENDER,),
        domains=("club.example.org",),
        declared=(),
        known=None,
    ):
        """The world of these rows; each stands in a line of members.csv.

        `allowed` are the addresses that may stand anywhere, `domains` the sender's,
        `declared` the columns whose values are canaries however short, `known` tells
        who was in an earlier list.
        """
        recipients = tuple(
            _placed(row, line) for line, row in enumerate(rows, FIRST_LINE)
        )
        people, canaries, hashes = People(known), Canaries(declared), NumberTable()
        for recipient in recipients:
            ordinal = people.add(recipient)
            canaries.add(recipient.fields, ordinal, recipient.address.normalised)
            for digest in digests_of(recipient.address):
                hashes.setdefault(int(digest[:16], 16), ordinal)
        circle = Circle(
            people=people,
            canaries=canaries,
            allowed=frozenset(k for text in allowed for k in keys_of(mailbox(text))),
            domains=frozenset(domains),
            hashes=hashes,
        )
        return cls(circle, recipients)

    def reader(self, row=None):
        """The reader of a row, counted from 0; without one, everybody."""
        if row is None:
            return EVERYBODY
        recipient = self.recipients[row]
        return Reader(
            recipient=recipient,
            keys=keys_of(recipient.address),
            row=recipient.source,
            ordinal=row,
        )

    def examine(self, check: Check, *found: Found, row=None) -> list[Leak]:
        """What a check says of these pieces and notes in the message of a row."""
        assert check.examine is not None
        reading = Reading.of(found)
        return list(check.examine(reading, self.reader(row), self.circle))


def _placed(row: Recipient, line: int) -> Recipient:
    return Recipient.from_row(
        row.address,
        row.fields,
        attachments=row.attachments,
        key=row.key,
        source=row.source or f"members.csv:{line}",
    )


def mailbox(text: str) -> Address:
    """An address, parsed."""
    return Address.parse(text)


def people(count, domain="example.net", **fields):
    """Rows of so many different people: person-0@..., person-1@..."""
    return [person(f"person-{n}@{domain}", **fields) for n in range(count)]


def text(said, *, line=0, **parts):
    """A line of the text part."""
    return Piece(unit="text", text=said, line=line, **parts)


def html(said, **parts):
    """What a reader sees of the html part."""
    return Piece(unit="html", text=said, **parts)


def markup(said, place="attribute alt of img"):
    """Something that stands in the source of the html part only."""
    return Piece(unit="html", place=place, text=said, kind=Kind.MARKUP)


def link(url, *, place="link", unit="html"):
    """A whole URL of the html part."""
    return Piece(unit=unit, place=place, text=url, kind=Kind.LINK)


def header(name, value, *, place=""):
    """A field of the message's own head."""
    return Piece(unit=f"header {name}", place=place, text=value, kind=Kind.HEADER)


def filed(said, *, name="prices.xlsx", place="", **parts):
    """A piece of an attachment's content."""
    return Piece(unit=f"attachment {name!r}", place=place, text=said, **parts)


def row_of_sheet(*cells, line=1, name="prices.xlsx", place="sheet 'Prices'", **parts):
    """A row of a table in an attachment, under the columns A, B, C ..."""
    columns = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ"[: len(cells)])
    return filed(
        "\t".join(cells), name=name, place=place, line=line, columns=columns, **parts
    )


def named(name, *, unit=None, place=""):
    """The name of a file."""
    return Piece(
        unit=unit or f"attachment {name!r}", place=place, text=name, kind=Kind.NAME
    )


def property_of(said, *, name="prices.xlsx", place="author"):
    """What a document says about itself: its author, title, keywords."""
    return filed(said, name=name, place=place, kind=Kind.METADATA)
