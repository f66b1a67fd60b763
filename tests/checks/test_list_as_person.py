import pytest

from checks.worlds import World, header, person, text
from safesend.checks.list_as_person import CHECK
from safesend.errors import Severity

WORLD = World.of(person("ada@example.net"), person("all-staff@example.net"))


def test_a_list_in_to_is_refused():
    """Also when it is the reader of the row."""
    [leak] = WORLD.examine(CHECK, header("To", "all-staff@example.net"), row=1)
    assert (leak.check, leak.severity) == ("L05", Severity.REFUSE)
    assert leak.place == "header To"
    assert WORLD.examine(CHECK, header("To", "<choir@googlegroups.com>"))
    assert WORLD.examine(CHECK, header("To", "choir@lists.example.org"))


def test_an_inbox_of_several_people_is_reported():
    """team@ is one person in one firm and everybody in another."""
    [leak] = WORLD.examine(CHECK, header("To", "team@example.net"))
    assert leak.severity is Severity.WARN


@pytest.mark.parametrize(
    "found",
    [
        header("To", "ada@example.net"),
        header("To", "info@example.net"),
        header("To", "undisclosed-recipients:;"),
        header("Subject", "all-staff@example.net"),
        text("write to all-staff@example.net"),
    ],
)
def test_people_and_other_places_pass(found):
    """Only whom a message is for is looked at."""
    assert WORLD.examine(CHECK, found) == []
    assert CHECK.allowable
