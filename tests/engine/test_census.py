"""engine/census.py: who is on a list, in numbers and places."""

from contextlib import closing

import pytest

from engine.fleet import people
from safesend import (
    Attachment,
    Campaign,
    Dkim,
    Recipient,
    SuppressionList,
    Template,
    read_csv,
)
from safesend.engine.census import take_census
from safesend.engine.declaration import planned
from safesend.errors import ConfigurationError, Severity
from safesend.ledger import open_ledger
from safesend.message.dkim_key import new_key
from safesend.preflight.mailing_list import Agreed

LETTER = Template(subject="Hello {{ name }}", text="Dear {{ name }}")


def _campaign(audience, name="fair", **options):
    return Campaign(
        name=name,
        sender="fair@example.org",
        template=options.pop("template", LETTER),
        audience=audience,
        **options,
    )


def _census(audience, *, name="fair", campaign=None, **options):
    made = campaign or _campaign(audience, name)
    plan = planned(made, None, confirm_changes=True)
    return take_census(plan, "example.org", **options)


def _named(*addresses):
    return [Recipient(one, name=f"N{n}") for n, one in enumerate(addresses)]


def test_domains_are_counted_row_by_row():
    """
    With the size of the largest message, as servers are asked for.
    """
    rows = _named("a@one.example", "b@one.example", "c@two.example")
    rows[1] = Recipient("b@one.example", name="B" * 500)
    census = _census(rows)
    assert census.domains == {"one.example": 2, "two.example": 1}
    sizes = [one.size for one in _campaign(rows).rehearse().messages()]
    assert census.largest == max(sizes)
    assert not census.needs_utf8
    assert (census.list.people, census.letters.made) == (3, 3)


def test_a_signature_counts_as_part_of_the_message():
    """
    It is on every message, though only a sample of them is signed in a rehearsal.
    """
    key = Dkim("example.org", "s1", new_key(ed25519=True))
    signed = _campaign(_named("a@one.example", "b@one.example"), dkim=key)
    sizes = [one.size for one in signed.rehearse().messages()]
    assert _census(None, campaign=signed).largest == max(sizes)


def test_one_address_beyond_ascii_is_enough():
    """
    Then servers must offer SMTPUTF8.
    """
    assert _census(_named("a@one.example", "jörg@two.example")).needs_utf8


def test_offices_and_lists_of_ones_own_are_told_by_their_places(tmp_path):
    """
    Nobody's address is in what is kept; who is surely a list is refused by L05.
    """
    file = tmp_path / "people.csv"
    file.write_text(
        "email,name\nada@one.example,A\ninfo@one.example,I\nTEAM@example.org,T\n"
        "postmaster@two.example,P\nbob@example.org,B\n"
    )
    seen = _census(read_csv(file)).list
    assert (seen.offices.number, seen.crowds.number) == (2, 1)
    assert [place.rpartition("/")[2] for place in seen.offices.places] == [
        "people.csv:3",
        "people.csv:5",
    ]
    assert "@" not in repr(seen)


def test_seeds_get_mail_and_are_no_people_of_the_list():
    """
    Their domains are asked for, and they are not looked up anywhere.
    """
    seeded = _campaign(
        _named("a@one.example"), seeds=[Recipient("postmaster@example.org", name="S")]
    )
    census = _census(None, campaign=seeded)
    assert census.domains == {"example.org": 1, "one.example": 1}
    assert census.list.people == 1
    assert census.list.offices.number == 0


def test_what_is_wrong_with_the_list_is_masked(tmp_path):
    """
    Duplicates after normalising, and addresses that are none.
    """
    file = tmp_path / "people.csv"
    file.write_text("email,name\nada@one.example,A\nAda@ONE.example,B\nx,C\n")
    census = _census(read_csv(file))
    assert census.list.problems.number == 2
    assert "same mailbox as line 2" in census.list.problems.places[0]
    assert not census.letters.complete
    assert "ada@" not in repr(census).lower()


def test_of_very_many_problems_all_are_counted(tmp_path):
    """
    Though not all are kept.
    """
    file = tmp_path / "people.csv"
    file.write_text("email,name\nada@one.example,A\n" + "x,X\n" * 1_500)
    problems = _census(read_csv(file)).list.problems
    assert problems.number == 1_500
    assert problems.seen[-1] == "... and 1,497 more"


def test_leaks_warnings_and_failures_come_with_the_letters():
    """
    All of what the rehearsal found.
    """
    rows = [
        Recipient("team@two.example", name="Team"),
        Recipient("b@one.example", name="x\nBcc: c@example.org"),
    ]
    leaks = _census(rows).letters.leaks
    assert {one.severity for one in leaks} == {Severity.WARN, Severity.REFUSE}
    assert "team@" not in repr(leaks)


def test_a_row_whose_file_is_missing_is_told_and_masked(tmp_path):
    """
    It holds up nobody else.
    """
    rows = _named("a@one.example", "b@one.example")
    rows[1] = Recipient(
        "b@one.example", attachments=[Attachment.from_path(tmp_path / "x")], name="B"
    )
    letters = _census(rows).letters
    assert len(letters.failures) == 1
    assert "b@" not in repr(letters.failures)


@pytest.mark.parametrize("as_path", [True, False])
def test_who_is_suppressed_is_asked_in_batches(tmp_path, as_path):
    """
    More than one batch, and each asked once; by a path or an open list.
    """
    place = tmp_path / "out.db"
    with SuppressionList(place) as shared:
        shared.add(["p3@example.org", "p700@example.org", "z@example.org"])
        given = place if as_path else shared
        assert _census(people(750), suppression=given).list.suppressed == 2
    assert _census(people(2)).list.suppressed is None


def test_a_ledger_that_is_not_there_is_not_made(tmp_path):
    """
    Looking writes nothing.
    """
    place = tmp_path / "fair.db"
    seen = _census(people(2), ledger=place).list
    assert (seen.agreed, seen.last) == (None, None)
    assert list(tmp_path.iterdir()) == []


def test_approvals_are_those_of_exactly_this(tmp_path):
    """
    By the digest under the key of the ledger.
    """
    place = tmp_path / "fair.db"
    _campaign(people(2)).approve(ledger=place, actor="Ada")
    same = _census(people(2), ledger=place).list.agreed
    other = _census(people(3), ledger=place).list.agreed
    assert same == Agreed(needed=0, given=1, others=0)
    assert other == Agreed(needed=0, given=0, others=1)


def test_a_ledger_is_only_read(tmp_path):
    """
    A campaign that it does not know stays unknown to it.
    """
    place = tmp_path / "shared.db"
    _campaign(people(4), "winter").send("memory:", ledger=place)
    seen = _census(people(2), ledger=place).list
    assert (seen.before, seen.last, seen.agreed) == ("winter", 4, None)
    with closing(open_ledger(place)) as book:
        assert [one.name for one in book.campaigns()] == ["winter"]


def test_a_list_that_was_begun_is_compared_with_itself(tmp_path):
    """
    And tests and staging with nothing.
    """
    place = tmp_path / "shared.db"
    _campaign(people(4), "winter").send("memory:", ledger=place)
    _campaign(people(2), "fair").send("memory:", ledger=place)
    _campaign(people(9), "later").send("memory:", ledger=place)
    trial = _campaign(people(9), "staging", redirect_all_to="me@example.org")
    trial.send("memory:", ledger=place)
    fair = _census(people(2), ledger=place).list
    new = _census(people(2), name="new", ledger=place).list
    assert (fair.before, fair.last) == ("fair", 2)
    assert (new.before, new.last) == ("later", 9)


def test_an_open_ledger_stays_open():
    """
    It is not ours to close.
    """
    book = open_ledger(":memory:")
    assert _census(people(2), ledger=book).list.last is None
    assert book.campaigns() == []


def test_it_ends_where_it_is_stopped():
    """
    A thread cannot be cancelled otherwise.
    """
    met = []

    def stopped():
        met.append(1)
        return len(met) > 2

    with pytest.raises(InterruptedError):
        _census(people(9), stopped=stopped)
    assert len(met) == 3


def test_too_long_a_list_is_an_error_of_the_settings():
    """
    As it is for `send`.
    """
    campaign = _campaign(people(3), max_recipients=2)
    with pytest.raises(ConfigurationError, match="max_recipients=2"):
        _census(None, campaign=campaign)
