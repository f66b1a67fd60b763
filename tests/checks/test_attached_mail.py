import pytest

from checks.linear import seconds
from checks.worlds import SENDER, World, filed, header, html, person, text
from safesend.checks.attached_mail import CHECK
from safesend.checks.piece import Note, NoteKind
from safesend.checks.reading import Reading
from safesend.errors import Severity

WORLD = World.of(person("ada@example.net"), person("bob@example.net"))


def lines(*said, make=text):
    """Lines of a body, numbered."""
    return [make(line, line=number) for number, line in enumerate(said, 1)]


LEAKS = {
    "original message": lines(
        "Dear Ada,",
        "-----Original Message-----",
        "From: Bob <bob@example.net>",
        "Sent: Monday, 5 May 2025 10:00",
        "To: all",
        "Subject: secret",
    ),
    "quoted": lines(
        "> -----Original Message-----",
        "> From: Eve <eve@example.com>",
        "> To: Ada",
        "> Subject: secret",
    ),
    "German Outlook": lines(
        "Von: Bob [mailto:bob@example.net]",
        "Gesendet: Montag, 5. Mai 2025 10:00",
        "An: Alle",
        "Betreff: geheim",
    ),
    "French": lines(
        "De : Bob <bob@example.net>",
        "Envoyé : lundi 5 mai 2025 10:00",
        "À : tous",
        "Objet : secret",
    ),
    "bold labels": lines(
        "*From:* Bob", "*Date:* today", "*To:* eve@example.com", "*Subject:* x"
    ),
    "in html": lines(
        "From: Bob",
        "Sent: Monday",
        "To: eve@example.com; joe@example.com",
        "Subject: secret",
        make=html,
    ),
    "attribution": lines(
        "On Mon, 5 May 2025 at 10:00, Bob <bob@example.net> wrote:",
        "> secret",
    ),
    "attribution over two lines": lines(
        "On Mon, 5 May 2025 at 10:00, Bob Example",
        "<bob@example.net> wrote:",
        "",
        "> secret",
    ),
    "German attribution": lines(
        "Am 05.05.25 um 10:00 schrieb bob@example.net:", "", "> geheim"
    ),
    "in one piece": [
        text(
            "Dear Ada,\r\n\r\n---------- Forwarded message ---------\r\n"
            "From: Bob <bob@example.net>\r\nDate: Mon\r\nTo: eve\r\nSubject: secret"
        )
    ],
    "no subject": lines("From: eve@example.com", "Date: 5 May", "To: joe@example.com"),
}
WARNINGS = {
    "without addresses": lines(
        "From: Bob", "Sent: Monday", "To: Ada", "Subject: secret"
    ),
    "only the reader and the sender": lines(
        f"On Mon, 5 May 2025 at 10:00, {SENDER} wrote:",
        "> Dear ada@example.net",
    ),
    "only the rule": lines("--- Original Message ---", "secret"),
    "Apple": lines("Begin forwarded message:", "", "secret"),
    "in html": lines("On Mon, May 5, 2025 at 10:00 AM Bob wrote:", "x", make=html),
    "an address elsewhere": lines(
        "-----Original Message-----",
        "secret",
        "Write to joe@example.com",
    ),
}
CLEAN = {
    "nothing": [],
    "a letter": lines("Dear Ada,", "see you on 5 May at 10:00", "", "Club"),
    "labels of a form": lines("From: 10:00", "To: 12:00", "Where: here"),
    "a journey": lines("From: Berlin", "To: Paris", "Date: 5 May"),
    "an event": lines("Date: 5 May", "Subject: music", "To: all friends"),
    "a writer": lines("On 5 May 1820 Goethe wrote:", "Roses", make=html),
    "a rule": lines("----------", "-- ", "Club", "> a quotation"),
    "prose": lines("On the 5th she wrote: nothing.", "> a quotation"),
    "in an attachment": [filed("-----Original Message-----")],
    "in a header": [header("Subject", "-----Original Message-----")],
    "the words": lines("Click for the original message", "Forwarded message"),
}


@pytest.mark.parametrize("found", LEAKS.values(), ids=LEAKS)
def test_a_quoted_mail_that_names_people_is_refused(found):
    """Once for each body, where the first address stands."""
    [leak] = WORLD.examine(CHECK, *found, row=0)
    assert (leak.check, leak.severity) == ("L20", Severity.REFUSE)
    assert leak.place.startswith(found[0].unit)
    assert "@" not in str(leak)


@pytest.mark.parametrize("found", WARNINGS.values(), ids=WARNINGS)
def test_a_quoted_mail_without_names_is_reported(found):
    """The sender's own and the reader's do not count."""
    [leak] = WORLD.examine(CHECK, *found, row=0)
    assert leak.severity is Severity.WARN


@pytest.mark.parametrize("found", CLEAN.values(), ids=CLEAN)
def test_forms_journeys_and_quotations_pass(found):
    """A line or two that look like a head are none."""
    assert WORLD.examine(CHECK, *found, row=0) == []


def test_an_attached_mail_is_refused():
    """Whoever is named in it."""
    unit = "attachment 'bob@example.net.eml'"
    note = Note(unit=unit, kind=NoteKind.MAIL, what="a mail is attached")
    [leak] = WORLD.examine(CHECK, note)
    assert leak.severity is Severity.REFUSE
    assert "bob" not in str(leak)
    assert CHECK.allowable


@pytest.mark.parametrize(
    "line",
    ["From: a", "On 5 " + "x " * 140, "> " * 150, "-" * 299, "Am 5" + " schrieb" * 35],
)
def test_time_is_linear_in_hostile_text(line):
    """Four times the lines take about four times as long, and not sixteen."""

    def took(count):
        reading = Reading.of(lines(*[line] * count))
        assert reading.sightings == ()
        return seconds(lambda: list(CHECK.examine(reading, reader, WORLD.circle)))

    reader = WORLD.reader(0)
    assert took(1600) < 10 * took(400) + 0.05
