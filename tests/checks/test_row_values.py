import pytest

from checks import worlds
from checks.worlds import World, person
from safesend.checks.row_values import CHECK
from safesend.errors import Severity

WORLD = World.of(
    person("ada@example.net", name="Ada Lovelace", account="AT-4711-0001", city="Wien"),
    person("bob@example.net", name="Bob Sullivan", account="AT-4711-0002", city="Wien"),
    person("eve@example.net", name="Eve Zimmermann", account="99-77", code="qv7#"),
    declared=("code",),
)


def examined(*found, row=0):
    return WORLD.examine(CHECK, *found, row=row)


LEAKS = {
    "account": (worlds.text("Your account AT-4711-0002"), "account", 3),
    "without hyphens": (worlds.text("Account AT47110002."), "account", 3),
    "with spaces": (worlds.text("account at 4711 0002"), "account", 3),
    "in a link": (worlds.link("https://example.com/?a=AT-4711-0002"), "account", 3),
    "in a file name": (worlds.named("invoice AT-4711-0002.pdf"), "account", 3),
    "subject": (worlds.header("Subject", "Re: AT-4711-0002"), "account", 3),
    "full name": (worlds.html("Dear Bob Sullivan,"), "name", 3),
    "turned round": (worlds.row_of_sheet("Sullivan, Bob"), "name", 3),
    "full-width": (worlds.text("ＡＴ-4711-0002"), "account", 3),
    "declared, however short": (worlds.text("code qv7#"), "code", 4),
    "account as a property": (worlds.property_of("AT-4711-0002"), "account", 3),
    "among the own": (worlds.text("Ada Lovelace AT-4711-0002"), "account", 3),
}


@pytest.mark.parametrize(("piece", "column", "line"), LEAKS.values(), ids=LEAKS)
def test_a_value_of_another_row_is_refused(piece, column, line):
    """
    The leak names column and row of the value, and never the value.
    """
    [leak] = examined(piece)

    assert (leak.check, leak.severity) == ("L17", Severity.REFUSE)
    assert leak.reason == (
        "holds a value that belongs to one other row only"
        f" (column {column!r}, members.csv:{line})"
    )


CLEAN = {
    "nothing": worlds.text("Dear Ada, see you on Monday"),
    "own name": worlds.text("Dear Ada Lovelace,"),
    "own account": worlds.text("Your account AT-4711-0001"),
    "of many": worlds.text("Greetings from Wien"),
    "first name": worlds.text("Bob says hello"),
    "short and undeclared": worlds.text("page 99-77"),
    "part of a number": worlds.text("AT-4711-00021"),
    "token": worlds.link("https://club.example.org/u/qv7dkAT47110009"),
    "styles": worlds.markup("@media print { .a { color: #477100 } }"),
}


@pytest.mark.parametrize("piece", CLEAN.values(), ids=CLEAN)
def test_own_and_common_values_pass(piece):
    """
    The reader's values, and those that several rows have, are nobody's secret.
    """
    assert examined(piece) == []


def test_what_all_share_holds_nobodys_value():
    """
    In the template and in shared files a value of any row is a leak.
    """
    [leak] = examined(worlds.text("Dear Ada Lovelace,", line=1), row=None)

    assert str(leak) == (
        "text, line 1: holds a value that belongs to one other row only"
        " (column 'name', members.csv:2) [L17]"
    )


@pytest.mark.parametrize(
    "author", ["Bob Sullivan", "Sullivan, Bob", "by Bob Sullivan, for Ada"]
)
def test_the_author_of_a_document_is_only_a_warning(author):
    """
    Programs write a name into every file that somebody makes.
    """
    [leak] = examined(worlds.property_of(author))

    assert leak.severity is Severity.WARN


def test_one_place_gives_one_leak_with_the_number_of_values():
    """
    The graver of two counts, and the same value once.
    """
    [leak] = examined(
        worlds.property_of("Bob Sullivan"),
        worlds.property_of("Bob Sullivan AT-4711-0002"),
    )

    assert leak.severity is Severity.REFUSE
    assert leak.reason == (
        "holds 2 values that belong to other rows only"
        " (first: column 'name', members.csv:3)"
    )


def test_each_place_has_its_own_leak():
    """
    Text and html, and each cell by its name.
    """
    found = examined(
        worlds.text("AT-4711-0002", line=3),
        worlds.row_of_sheet("a", "AT-4711-0002", line=9),
    )

    assert [leak.place for leak in found] == [
        "text, line 3",
        "attachment 'prices.xlsx', sheet 'Prices', cell B9",
    ]


def test_the_way_out_names_public():
    """
    A speaker's name is common knowledge, and can be declared.
    """
    assert CHECK.allowable
    assert "public=" in CHECK.way_out


def test_the_readers_own_address_is_nobody_elses_value():
    """
    Although another row names it, as the one who vouches for somebody.
    """
    world = World.of(
        person("ada@example.net", name="Ada"),
        person("bob@example.net", name="Bob", vouched_by="ada@example.net"),
    )
    to = worlds.header("To", "ada@example.net")
    assert world.examine(CHECK, to, row=0) == []
