import io
import tracemalloc

import pytest

from safesend.errors import AudienceError
from safesend.intake import TableAudience, read_csv, read_jsonl


def rows(count):
    yield "email,name\n"
    for number in range(count):
        yield f"person-{number}@example.org,Person {number}\n"


def test_both_formats_give_the_same_recipients():
    """
    CSV and JSON Lines differ in how a row is written, and in nothing else.
    """
    table = "email,Seat\nada@example.org,7\nbob@example.org,8\n"
    lines = (
        '{"email": "ada@example.org", "Seat": "7"}\n'
        '{"email": "bob@example.org", "Seat": "8"}\n'
    )

    one = list(read_csv(io.StringIO(table), key="Seat"))
    two = list(read_jsonl(io.StringIO(lines), key="Seat"))

    assert one == two
    assert [row.key for row in two] == ["7", "8"]


def test_repeats_can_be_allowed():
    """
    For a use in which it does not matter how often somebody is named.
    """
    found = read_csv(io.StringIO("email\nada@example.org\nAda@example.org\n"))
    assert len(list(found.with_repeats())) == 2


def test_what_a_pass_found_is_known_when_it_ends_early():
    """
    problems and skipped are those of the last pass, complete or not.
    """
    audience = read_csv(io.StringIO("email\nnobody\nada@example.org\nnobody\n"))
    walk = iter(audience)

    assert next(walk).address.wire == "ada@example.org"
    assert audience.problems == ()
    walk.close()
    assert [problem.line for problem in audience.problems] == [2]
    with pytest.raises(AudienceError):
        list(audience)
    assert audience.skipped == 2


def test_an_audience_names_its_file():
    """
    And shows nothing of what is in it.
    """
    audience = read_csv("members.csv")

    assert isinstance(audience, TableAudience)
    assert repr(audience) == "<TableAudience members.csv>"


def test_every_problem_of_a_row_is_told():
    """
    A row with a bad address and an empty key is mended once, not twice.
    """
    audience = read_csv(io.StringIO("email,seat\nnobody,\n"), key="seat")

    with pytest.raises(AudienceError) as caught:
        list(audience)

    assert [problem.column for problem in caught.value.problems] == ["email", "seat"]
    assert audience.skipped == 1


def test_a_long_list_streams_in_little_memory(tmp_path):
    """
    What is kept of a row that went by is its place in the table of duplicates.
    """
    path = tmp_path / "members.csv"
    with path.open("w", encoding="utf-8") as file:
        file.writelines(rows(20_000))
    audience = read_csv(path)

    tracemalloc.start()
    try:
        count = sum(1 for _ in audience)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert count == 20_000
    assert peak < 3_000_000


def test_a_pass_that_found_nobody_twice_is_not_made_again(tmp_path):
    """
    Later passes skip the search; one that was cut short, or found somebody, does not
    count.
    """
    file = tmp_path / "l.csv"
    file.write_text("email\na@example.org\nb@example.org\n")
    audience = read_csv(file)
    next(iter(audience))
    assert not audience._unique
    assert len(list(audience)) == len(list(audience)) == 2
    assert audience._unique

    file.write_text("email\na@example.org\nA@example.org\n")
    audience = read_csv(file)
    for _ in range(2):
        with pytest.raises(AudienceError, match="same mailbox as line 2"):
            list(audience)
