import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks import worlds
from checks.worlds import DISGUISES, World, person
from safesend.checks.other_recipients import CHECK
from safesend.errors import Severity
from safesend.testing.strategies import addresses

ADA, BOB, EVE = "ada@example.net", "bob@example.org", "eve@bücher.example"
WORLD = World.of(
    person(ADA), person(BOB), person(EVE), allowed=("us@club.example.org",)
)


def examined(*found, row=0, world=WORLD):
    return world.examine(CHECK, *found, row=row)


LEAKS = {
    "in a line": worlds.text(f"and write to {BOB}, please", line=4),
    "subject": worlds.header("Subject", f"news of {BOB}"),
    "own header": worlds.header("X-Odoo-Bcc", BOB),
    "decoded header": worlds.header("Subject", BOB, place="decoded"),
    "comment": worlds.markup(f" {BOB} ", place="comment"),
    "mailto": worlds.link(f"mailto:{BOB}"),
    "hidden copy in a mailto": worlds.link(f"mailto:us@club.example.org?bcc={BOB}"),
    "query": worlds.link(f"https://example.com/?e={BOB}&x=1"),
    "path": worlds.link(f"https://example.com/u/{BOB}/confirm"),
    "cell": worlds.row_of_sheet("Bob", BOB, line=7),
    "hidden sheet": worlds.row_of_sheet("x", BOB, place="hidden sheet 'raw'"),
    "file name": worlds.named(f"{BOB}.pdf"),
    "member": worlds.named(BOB, unit="attachment 'a.zip'", place="member"),
    "author": worlds.property_of(BOB),
    "bold in a sentence": worlds.text(f"Zahlung an {BOB}."),
    "beside the sender": worlds.text(f"us@club.example.org,{BOB}"),
    "with a tag": worlds.text("bob+news@example.org"),
    "U-label": worlds.text("eve@bücher.example"),
    "A-label": worlds.text("eve@xn--bcher-kva.example"),
}


@pytest.mark.parametrize("piece", LEAKS.values(), ids=LEAKS)
def test_another_recipient_is_refused_wherever_the_address_stands(piece):
    """
    One leak, never with the address in clear, for the reader and for everybody.
    """
    for row in (0, None):
        [leak] = examined(piece, row=row)

        assert (leak.check, leak.severity) == ("I3", Severity.REFUSE)
        assert leak.row == ("" if row is None else "members.csv:2")
        assert "members.csv:3" in leak.reason or "members.csv:4" in leak.reason
        assert "bob" not in leak.reason
        assert "eve" not in leak.reason


@pytest.mark.parametrize("disguise", DISGUISES.values(), ids=DISGUISES)
def test_no_disguise_helps(disguise):
    """
    An address is found in every writing of L38.
    """
    [leak] = examined(worlds.text(f"see {disguise(BOB)} there"))

    assert leak.place.startswith("text")


def test_where_it_stands_is_told_to_a_person():
    """
    Unit, sheet and cell, how it was written, whose it is.
    """
    [cell] = examined(worlds.row_of_sheet("x", BOB, line=7, place="hidden sheet 'raw'"))
    [percent] = examined(worlds.link("https://example.com/?e=bob%40example.org"))

    assert str(cell) == (
        "members.csv:2: attachment 'prices.xlsx', hidden sheet 'raw', cell B7: holds"
        " the address of another recipient (b…@example.org, members.csv:3) [I3]"
    )
    assert percent.place == "html, link (percent-encoded)"
    assert 'public=["' in cell.advice


CLEAN = {
    "nothing": worlds.text("Dear Ada, see you on Monday"),
    "own": worlds.text(f"You are subscribed as {ADA}"),
    "own in capitals": worlds.text(ADA.upper()),
    "own with a tag": worlds.text("ada+news@example.net"),
    "own after a key": worlds.link(f"https://example.com/?e={ADA}"),
    "sender": worlds.text("write to us@club.example.org"),
    "stranger": worlds.text("the minister, minister@example.com, said"),
    "longer name": worlds.text("notbob@example.org and jo.bob@example.org"),
    "other domain": worlds.text("bob@example.com, bob@sub.example.org"),
    "half of one": worlds.text("bob@ and @example.org and example.org"),
    "dense picture": worlds.markup("logo@2x.png"),
    "styles": worlds.markup("@media print { a { color: red } } @import url(x)"),
    "handles": worlds.text("follow @bob, @example.org and @bob@example.social"),
    "package": worlds.text("npm install bob@1.2.3 @scope/bob@2.0.0"),
    "To": worlds.header("To", ADA),
}


@pytest.mark.parametrize("piece", CLEAN.values(), ids=CLEAN)
def test_what_names_nobody_else_passes(piece):
    """
    The reader's own, the sender's and a stranger's address are no matter here.
    """
    assert examined(piece) == []


def test_own_is_foreign_to_everybody():
    """
    What all share may not hold the address of any recipient.
    """
    [leak] = examined(worlds.text(ADA), row=None)

    assert "members.csv:2" in leak.reason


def test_one_place_gives_one_leak_with_the_number_of_people():
    """
    A list in a sheet is one leak, and the same person counts once.
    """
    world = World.of(person(ADA), *worlds.people(1_500))
    rows = [
        worlds.row_of_sheet(row.address.wire, line=line, place="hidden sheet 'raw'")
        for line, row in enumerate(world.recipients, 1)
    ]

    [leak] = examined(*rows, *rows, world=world)

    assert leak.place == "attachment 'prices.xlsx', hidden sheet 'raw', cell A2"
    assert leak.reason == (
        "holds the addresses of 1,500 other recipients"
        " (first: p…@example.net, members.csv:3)"
    )


def test_each_place_has_its_own_leak():
    """
    Text, html and each sheet are named, in the order of the message.
    """
    found = examined(
        worlds.text(BOB, line=1),
        worlds.html(BOB),
        worlds.text(BOB, line=2),
        worlds.row_of_sheet(BOB),
        worlds.row_of_sheet(BOB, place="hidden sheet 'raw'"),
    )

    assert [leak.place for leak in found] == [
        "text, line 1",
        "html",
        "attachment 'prices.xlsx', sheet 'Prices', cell A1",
        "attachment 'prices.xlsx', hidden sheet 'raw', cell A1",
    ]


def test_somebody_of_an_earlier_run_is_another_recipient():
    """
    A list that has grown or shrunk still knows whom it had; they have no row.
    """
    world = World.of(person(ADA), known=lambda spelling: spelling == BOB)

    [leak] = examined(worlds.text(f"{BOB} {BOB}"), world=world)

    assert leak.reason == (
        "holds the address of another recipient (b…@example.org, of an earlier run)"
    )


def test_it_is_refused_whatever_is_allowed():
    """
    `allow=` cannot lift it: another recipient's address is declared public, or goes.
    """
    assert not CHECK.allowable


@given(addresses(), st.sampled_from(list(DISGUISES.values())[:2]), st.data())
def test_any_recipient_is_found_among_any(address, disguise, data):
    """
    Whoever else is in the list is found; whoever is not in it raises no alarm.
    """
    world = World.of(person("reader@own.example"), person(address))
    piece = worlds.text(data.draw(st.sampled_from(["", "a ", "<"])) + disguise(address))

    assert len(examined(piece, world=world)) == 1
    assert examined(piece, world=world, row=1) == []
    assert examined(piece, world=World.of(person("reader@own.example"))) == []
