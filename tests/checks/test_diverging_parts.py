import pytest

from checks.worlds import (
    SENDER,
    World,
    filed,
    header,
    html,
    link,
    markup,
    person,
    text,
)
from safesend.checks.diverging_parts import CHECK
from safesend.errors import Severity

WORLD = World.of(person("ada@example.net"), person("bob@example.net"))


def guest(said, place="ATTENDEE", name="invite.ics"):
    """A line of an invitation."""
    return filed(said, name=name, place=place)


WARNINGS = {
    "only in the text": [text("ask eve@example.com"), html("hello")],
    "only in the html": [text("hello"), html("ask eve@example.com")],
    "only in a link": [text("hello"), html("x"), link("mailto:eve@example.com")],
    "only in one of several": [
        text("ask eve@example.com or joe@example.com"),
        html("ask joe@example.com"),
    ],
    "a strange organiser": [guest("mailto:eve@example.com", "ORGANIZER")],
}
REFUSED = {
    "another recipient as guest": [guest("mailto:bob@example.net")],
    "a strange guest": [
        guest("mailto:ada@example.net"),
        guest("MAILTO:eve@example.com"),
    ],
    "several guests": [
        guest("mailto:eve@example.com"),
        guest("mailto:joe@example.com"),
    ],
}
CLEAN = {
    "nothing": [],
    "in both": [text("ask eve@example.com"), html("ask Eve@Example.com")],
    "as a link": [
        text("ask eve@example.com"),
        html("ask Eve"),
        link("mailto:eve@example.com?subject=x"),
    ],
    "only one part": [text("ask eve@example.com"), header("Subject", "x")],
    "the sender": [text(f"ask {SENDER}"), html("hello")],
    "the sender's house": [text("ask eva@club.example.org"), html("hello")],
    "a desk": [text("hello"), html("ask support@example.com")],
    "the reader": [text("hello"), html("sent to ada@example.net")],
    "in the source": [text("hello"), html("x"), markup("eve@example.com")],
    "hidden": [text("hello"), html("eve@example.com", hidden=True)],
    "an invitation of the reader": [
        guest("mailto:ada@example.net"),
        guest(f"mailto:{SENDER}", "ORGANIZER"),
    ],
    "a sheet of guests": [filed("eve@example.com", place="sheet 'ATTENDEE'")],
    "another recipient": [text("ask bob@example.net"), html("hello")],
}


@pytest.mark.parametrize("found", WARNINGS.values(), ids=WARNINGS)
def test_a_person_of_one_version_is_reported(found):
    """Once for each version."""
    [leak] = WORLD.examine(CHECK, *found, row=0)
    assert (leak.check, leak.severity) == ("L19", Severity.WARN)
    assert "@" not in str(leak)


@pytest.mark.parametrize("found", REFUSED.values(), ids=REFUSED)
def test_guests_besides_the_reader_are_refused(found):
    """All guests of an invitation are seen by each of them."""
    [leak] = WORLD.examine(CHECK, *found, row=0)
    assert leak.severity is Severity.REFUSE
    assert leak.place == "attachment 'invite.ics', ATTENDEE"
    assert "@" not in str(leak)


@pytest.mark.parametrize("found", CLEAN.values(), ids=CLEAN)
def test_versions_that_say_the_same_pass(found):
    """And addresses of the sender, the reader and of desks."""
    assert WORLD.examine(CHECK, *found, row=0) == []


def test_of_a_message_without_a_reader_one_guest_may_be_the_reader():
    """One who is in the list is somebody's, two are refused."""
    [leak] = WORLD.examine(CHECK, guest("mailto:eve@example.com"))
    assert leak.severity is Severity.WARN
    [leak] = WORLD.examine(CHECK, guest("mailto:bob@example.net"))
    assert leak.severity is Severity.REFUSE
    assert CHECK.allowable
