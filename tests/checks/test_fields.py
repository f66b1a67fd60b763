from checks.worlds import World, header, html, link, person, text
from safesend.checks.circle import Standing
from safesend.checks.fields import fields, is_body, named_in, others
from safesend.checks.piece import Kind, Piece
from safesend.checks.reading import Reading

PART = Piece(unit="text", place="header Content-Type", text="x", kind=Kind.HEADER)
NESTED = Piece(
    unit="attachment 'a.eml'",
    place="mail inside, header To",
    text="ada@example.net",
    kind=Kind.HEADER,
)


def test_the_fields_of_the_message_are_given_by_lower_case_name():
    """Raw and decoded; those of parts and of attached mails are left out."""
    to, decoded = header("TO ", "x"), header("To", "y", place="decoded")
    reading = Reading.of([to, decoded, text("x"), PART, NESTED])
    assert list(fields(reading)) == [("to", to), ("to", decoded)]


def test_who_is_named_is_grouped_by_field():
    """Only in the fields that were asked for, and only in fields."""
    reading = Reading.of(
        [
            header("To", "ada@example.net"),
            header("Cc", "bob@example.net, eve@example.com"),
            header("From", "news@club.example.org"),
            text("bob@example.net"),
            NESTED,
        ]
    )
    named = dict(named_in(reading, {"to", "cc"}))
    assert {name: len(found) for name, found in named.items()} == {"to": 1, "cc": 2}


def test_others_are_all_but_the_reader_once_each():
    """With their standing, under the spelling that a reader sees."""
    world = World.of(person("ada@example.net"), person("bob@example.net"))
    said = "ada@example.net bob@example.net BOB@example.net eve@example.com"
    sightings = Reading.of([text(said)]).sightings
    found = others(sightings, world.reader(0), world.circle)
    assert {spelling: standing for spelling, (_, standing) in found.items()} == {
        "bob@example.net": Standing.FOREIGN,
        "eve@example.com": Standing.STRANGER,
    }


def test_a_body_is_the_letter_itself():
    """Its text, html and what stands in them."""
    assert is_body(text("x"))
    assert is_body(html("x"))
    assert is_body(link("x"))
    assert not is_body(header("Subject", "x"))
    assert not is_body(NESTED)
