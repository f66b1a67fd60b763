"""engine/audience.py: a list as it was given, and what is wrapped around it."""

from __future__ import annotations

import pytest

from engine.fleet import people
from safesend import Recipient, read_csv
from safesend.engine.audience import Around, Audience, Copy, Listed, audience_of
from safesend.errors import AudienceError


def test_a_list_is_a_copy_for_each_row():
    """
    In its order, as often as it is walked.
    """
    audience = audience_of(people(3))
    assert list(audience.copies()) == [Copy(one, n) for n, one in enumerate(people(3))]
    assert list(audience) == list(audience.circle()) == people(3)
    assert list(audience.circle(1)) == people(2)
    assert (audience.unique, audience.skipped) == (False, 0)
    assert (audience.problems, audience.notes) == ((), ())


def test_what_is_an_audience_stays_one():
    """
    It is not wrapped twice.
    """
    listed = audience_of(people(1))
    assert audience_of(listed) is listed
    around = Around(listed)
    assert audience_of(around) is around
    assert isinstance(listed, Audience)
    assert isinstance(around, Audience)


def test_a_table_tells_what_was_left_out(tmp_path):
    """
    Through whatever is wrapped around it; it finds by itself who is in it twice.
    """
    file = tmp_path / "l.csv"
    file.write_text("email\na@example.org\nnobody\na@example.org\n")
    audience = Around(Listed(read_csv(file, skip_invalid=True)))
    assert [one.address.local for one in audience] == ["a"]
    assert (audience.unique, audience.skipped, audience.notes) == (True, 2, ())
    assert [problem.line for problem in audience.problems] == [3, 4]
    assert list(audience.circle()) == list(audience)
    with pytest.raises(AudienceError):
        list(Around(Listed(read_csv(file))).copies())


def test_a_copy_shows_its_recipient_or_somebody_else():
    """
    Who that is, is asked for in one place.
    """
    ada, bob = people(2)
    assert Copy(ada, 0).person is ada
    assert Copy(Recipient("me@example.net"), 1, shown=bob).person is bob
