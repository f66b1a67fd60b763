import pytest

from checks import worlds
from checks.worlds import DISGUISES, World, person
from safesend.checks.piece import Kind, Piece
from safesend.checks.shared_list import CHECK, FEW, MANY
from safesend.errors import Severity

WORLD = World.of(person("ada@example.net"), person("bob@example.net"))
NAMES = ("ann", "ben", "cleo", "dan", "elsa", "finn")
SIX = [f"{name}@example.com" for name in NAMES]
OFFICES = [f"info.{n}@example.com" for n in range(MANY + 1)]
STAFF = [f"person-{n}@club.example.org" for n in range(MANY + 1)]


def examined(*found, row=0, world=WORLD):
    return world.examine(CHECK, *found, row=row)


def in_rows(addresses, **parts):
    return [worlds.row_of_sheet(a, line=n, **parts) for n, a in enumerate(addresses, 1)]


LEAKS = {
    "in the text": [worlds.text(", ".join(SIX))],
    "in lines of the text": [worlds.text(a, line=n) for n, a in enumerate(SIX, 1)],
    "in html": [worlds.html(" ".join(SIX))],
    "in a comment": [worlds.markup(" ".join(SIX), place="comment")],
    "as links": [worlds.link(f"mailto:{a}") for a in SIX],
    "one mailto": [worlds.link("mailto:x@example.com?bcc=" + ",".join(SIX))],
    "text and links of one part": [
        worlds.html(" ".join(SIX[:3])),
        *(worlds.link(f"mailto:{a}") for a in SIX[3:]),
    ],
    "in a sheet": in_rows(SIX),
    "in a hidden sheet": in_rows(SIX, place="hidden sheet 'raw'"),
    "over two sheets": in_rows(SIX[:3]) + in_rows(SIX[3:], place="sheet 'Old'"),
    "as names of files": [worlds.named(a, unit="attachment 'a.zip'") for a in SIX],
    "as properties": [worlds.property_of(a) for a in SIX],
    "with offices": [worlds.text(" ".join(SIX + OFFICES))],
    "recipients too": [worlds.text(" ".join([*SIX[:5], "bob@example.net"]))],
    "very many offices in a file": in_rows(OFFICES),
    "very many of the house in a file": in_rows(STAFF),
    "heads of an attached mail": [
        worlds.filed(
            ", ".join(SIX), name="a.eml", place="mail inside, header To", kind="header"
        )
    ],
}


@pytest.mark.parametrize("pieces", LEAKS.values(), ids=LEAKS)
def test_more_than_a_few_people_in_one_place_are_a_list(pieces):
    """
    One leak for the text or file, for each reader and for everybody.
    """
    for row in (0, None):
        [leak] = examined(*pieces, row=row)

        assert (leak.check, leak.severity) == ("L21", Severity.REFUSE)
        assert leak.place.startswith(pieces[0].unit)
        assert "different addresses, a list (first: " in leak.reason
        assert "ann@" not in leak.reason


@pytest.mark.parametrize("disguise", DISGUISES.values(), ids=DISGUISES)
def test_no_disguise_helps(disguise):
    """
    Addresses in every writing of L38 are counted.
    """
    [leak] = examined(*(worlds.text(disguise(a), line=n) for n, a in enumerate(SIX)))

    assert "holds 6 different addresses" in leak.reason


CLEAN = {
    "a few": [worlds.text(" ".join(SIX[:FEW]))],
    "a few here and there": [worlds.text(" ".join(SIX[:3])), *in_rows(SIX[3:])],
    "a few, often": [worlds.text(" ".join(SIX[:FEW] * 9).upper())],
    "newsletter of a house": [worlds.html(" ".join(STAFF))],
    "offices in a footer": [worlds.text(" ".join([*OFFICES, *SIX[:3]]))],
    "many offices in a file": in_rows([*OFFICES[:10], *SIX[:FEW]]),
    "own and sender": [worlds.text("ada@example.net news@club.example.org" * 9)],
    "one public contact": [worlds.text("the mayor, mayor.smith@example.com, says")],
    "dense pictures": [worlds.link(f"img/{n}@2x.png", place="picture") for n in NAMES],
    "styles": [worlds.markup("@media a { } @import b; @font-face { }" * 9)],
    "packages": [
        worlds.text(f"npm i p{n}@1.{n}.0 @scope/q{n}@2.0.{n}") for n in range(9)
    ],
    "scripts": [
        worlds.link(f"https://cdn.example/npm/p{n}@3.{n}.1/d.min.js", place="script")
        for n in range(9)
    ],
    "versioned files": [
        worlds.link(f"https://cdn.example/p{n}@3.{n}.1.min.js", place="script")
        for n in range(9)
    ],
    "handles": [worlds.text(" ".join(f"@person{n} @p.{n}x" for n in range(9)))],
    "accounts of the Fediverse": [
        worlds.text(" ".join(f"@p{n}@social.example" for n in range(9)))
    ],
    "profiles": [
        worlds.link(f"https://www.video.example/@jane.doe{'x' * n}") for n in range(9)
    ],
    "pictures of the letter": [
        worlds.link(f"cid:part{n}.AbC@example.com", place="picture") for n in range(9)
    ],
    "threads": [
        worlds.header("References", " ".join(f"<{a}>" for a in SIX)),
        worlds.header("DKIM-Signature", " ".join(f"<{a}>" for a in SIX)),
    ],
    "threads of an attached mail": [
        worlds.filed(
            " ".join(SIX), name="a.eml", place="mail inside, header References"
        )
    ],
    "appointments": [
        worlds.filed(f"UID:event{'abcdefghi'[n]}@example.com", name="a.ics", line=n)
        for n in range(9)
    ],
    "ids of appointments": [
        worlds.filed(f"{'abcdefghi'[n]}@example.com", name="a.ics", place="UID")
        for n in range(9)
    ],
    "links to threads": [
        worlds.link(f"https://lore.example/r/2026112408{n}.1234-1-jd@example.com")
        for n in range(10, 20)
    ],
    "services": [
        worlds.text(f"getty@tty{n}.service user@{n}.service") for n in range(9)
    ],
}


@pytest.mark.parametrize("pieces", CLEAN.values(), ids=CLEAN)
def test_what_is_no_list_of_people_passes(pieces):
    """
    Offices, the sender's house, and what has the form of an address only.
    """
    assert examined(*pieces) == []
    assert examined(*pieces, row=None) == []


def test_a_bounce_address_counts_once():
    """
    Five of them are five addresses, whatever else they may be read as.
    """
    bounces = [f"bounces+{name}=example.com@mail.example" for name in "uvwxyz"]

    assert examined(worlds.text(" ".join(bounces[:FEW]))) == []


def test_a_house_at_a_free_provider_is_none():
    """
    Who sends from gmail.com does not own the addresses there.
    """
    world = World.of(person("ada@example.net"), domains=("gmail.com",))
    pieces = [worlds.text(" ".join(f"{a}@gmail.com" for a in "uvwxyz"))]

    assert len(examined(*pieces, world=world)) == 1


def test_public_addresses_do_not_count():
    """
    Declared ones may stand anywhere, in any number.
    """
    world = World.of(person("ada@example.net"), allowed=SIX)

    assert examined(worlds.text(" ".join(SIX)), world=world) == []


def test_the_place_is_the_first_address_and_the_number_is_told():
    """
    The way out can be allowed with a reason.
    """
    [leak] = examined(*in_rows(SIX), *in_rows(SIX, place="sheet 'Old'"))

    assert str(leak) == (
        "members.csv:2: attachment 'prices.xlsx', sheet 'Prices', cell A1: holds 6"
        " different addresses, a list (first: a…@example.com) [L21]"
    )
    assert CHECK.allowable
    assert "public=" in leak.advice


def test_each_file_has_its_own_leak():
    """
    Two files with lists are two leaks.
    """
    found = examined(*in_rows(SIX), *in_rows(SIX, name="old.csv"))

    assert ["old.csv" in leak.place for leak in found] == [False, True]


def test_random_octets_are_no_list():
    """What they say now and then counts; that it is a list takes plain addresses."""
    noise = [
        Piece(
            unit="attachment 'a.jpg'",
            kind=Kind.OCTETS,
            text=f"\u00e9{n}@\u0137{n}.\u0113g",
        )
        for n in range(50)
    ]
    assert WORLD.examine(CHECK, *noise) == []
    plain = [
        Piece(
            unit="attachment 'a.bin'", kind=Kind.OCTETS, text=f"x guest{n}@club{n}.org"
        )
        for n in range(50)
    ]
    assert len(WORLD.examine(CHECK, *plain)) == 1
