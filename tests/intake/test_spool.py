import os
import pathlib
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.errors import AudienceError
from safesend.intake import checked, read_csv, replayable
from safesend.intake.spool import _Spool
from safesend.message.attachment import Attachment
from safesend.message.recipient import Recipient


def people(count):
    return [Recipient(f"n{n}@example.org", number=n) for n in range(count)]


def walk(audience, count=None):
    rows = iter(audience)
    return [
        row.fields["number"]
        for row, _ in zip(rows, range(count or 10**9), strict=False)
    ]


def test_what_can_be_walked_again_comes_back_as_it_is(tmp_path):
    """
    Lists, tuples, sets, tables and own iterables are not copied.
    """

    class Own:
        def __iter__(self):
            return iter(people(2))

    for audience in (
        people(2),
        tuple(people(2)),
        set(people(2)),
        Own(),
        read_csv(tmp_path / "x"),
    ):
        assert replayable(audience) is audience


def test_an_iterator_can_be_walked_again():
    """
    Once from itself, and then as often as wanted, with equal recipients.
    """
    audience = replayable(iter(people(500)))

    assert list(audience) == people(500)
    assert list(audience) == people(500)


def test_a_walk_that_stopped_is_continued():
    """
    Nobody is lost or doubled when the first walk ends early.
    """
    audience = replayable(person for person in people(9))

    assert walk(audience, 3) == [0, 1, 2]
    assert walk(audience, 5) == [0, 1, 2, 3, 4]
    assert walk(audience) == list(range(9))
    assert walk(audience) == list(range(9))


@given(st.lists(st.integers(0, 2), max_size=60))
def test_walks_do_not_disturb_one_another(turns):
    """
    Three walks in any interleaving each see everybody once, in order.
    """
    audience = replayable(iter(people(12)))
    walks = [iter(audience) for _ in range(3)]
    seen = [[], [], []]

    for turn in turns:
        row = next(walks[turn], None)
        if row is not None:
            seen[turn].append(row.fields["number"])
    for rows, rest in zip(seen, walks, strict=True):
        rows.extend(row.fields["number"] for row in rest)

    assert seen == [list(range(12))] * 3


def test_the_iterator_is_read_no_further_than_asked():
    """
    What nobody asked for yet is not taken out.
    """
    taken = []

    def rows():
        for person in people(5):
            taken.append(person)
            yield person

    walk(replayable(rows()), 2)

    assert len(taken) <= 3


def test_an_iterator_that_failed_is_not_a_short_list():
    """
    After its error every later walk fails too, instead of ending early.
    """

    def rows():
        yield from people(2)
        raise RuntimeError("the database went away")

    audience = replayable(rows())

    with pytest.raises(RuntimeError, match="went away"):
        list(audience)
    seen = []
    with pytest.raises(AudienceError, match="failed in an earlier walk"):
        seen.extend(audience)
    assert len(seen) <= 2


@pytest.mark.parametrize(
    ("item", "hint"),
    [
        ("bob@example.org", r"make it Recipient\(address\)"),
        ({"email": "bob@example.org"}, r"\*\*row"),
        (None, "a NoneType, not a Recipient"),
        (("bob@example.org", "Bob"), "a tuple, not a Recipient"),
    ],
)
def test_what_is_no_recipient_is_told_with_its_number(item, hint):
    """
    At once in a list, while walking in an iterator; the thing itself is not shown.
    """
    rows = [*people(2), item]

    with pytest.raises(AudienceError, match=hint) as early:
        replayable(rows)
    with pytest.raises(AudienceError, match=hint) as late:
        list(replayable(iter(rows)))
    with pytest.raises(AudienceError, match=hint):
        list(checked(rows))

    for caught in early, late:
        assert caught.value.problems[0].line == 3
        assert "bob" not in str(caught.value)


async def _rows():
    yield Recipient("ada@example.org")


@pytest.mark.parametrize(
    ("audience", "hint"),
    [
        ("members.csv", "read_csv"),
        (b"members.csv", "read_csv"),
        ({"a": 1}, "a dict"),
        (Recipient("ada@example.org"), r"\[recipient\]"),
        (None, "a NoneType"),
        (people, "not called"),
        (_rows(), "async for"),
    ],
)
def test_what_is_no_audience_is_refused_at_once(audience, hint):
    """
    With what to give instead.
    """
    with pytest.raises(AudienceError, match=hint):
        replayable(audience)


def test_files_are_kept_by_what_they_were(tmp_path):
    """
    Personal files come back with the rows.
    """
    path = tmp_path / "t.pdf"
    path.write_bytes(b"ticket")
    files = [Attachment.from_path(path), Attachment.from_bytes(b"x", name="x.txt")]
    audience = replayable(iter([Recipient("ada@example.org", attachments=files)]))

    for _ in range(2):
        [ada] = audience
        assert [file.load() for file in ada.attachments] == [b"ticket", b"x"]


def test_the_file_is_private_and_has_no_name(tmp_path, monkeypatch):
    """
    Mode 0600, whatever the umask, and no entry in any folder.
    """
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    old = os.umask(0)
    try:
        audience = replayable(iter(people(3)))
        list(audience)
    finally:
        os.umask(old)

    assert isinstance(audience, _Spool)
    status = os.fstat(audience._scratch._handle)
    assert stat.S_IMODE(status.st_mode) == 0o600
    assert status.st_nlink == 0
    assert list(pathlib.Path(tmp_path).iterdir()) == []
