import pytest

from checks.worlds import World, person
from safesend.checks.personal_files import CHECK, PersonalFiles
from safesend.errors import AttachmentError, Severity
from safesend.message.attachment import Attachment


def file(content, name="invoice.pdf"):
    return Attachment.from_bytes(content, name=name)


def taken(*rows):
    """The leaks of these rows, each under its number."""
    world = World.of(*rows)
    files = PersonalFiles(world.circle.people)
    return [list(files.take(row, n)) for n, row in enumerate(world.recipients)]


def test_the_same_file_for_two_people_is_refused():
    """
    By its content, whatever it is called; both rows are named.
    """
    found = taken(
        person("ada@example.net", attachments=[file(b"Ada")]),
        person("bob@example.net", attachments=[file(b"Bob")]),
        person("eve@example.net", attachments=[file(b"Eve"), file(b"Ada", "x.pdf")]),
    )

    [leak] = found.pop()
    assert found == [[], []]
    assert (leak.check, leak.severity) == ("L22", Severity.REFUSE)
    assert str(leak) == (
        "members.csv:4: personal file 'x.pdf': the personal file 'x.pdf' also belongs"
        " to members.csv:2 [L22]"
    )
    assert "attach it to the template" in leak.advice
    assert CHECK.allowable


CLEAN = {
    "no files": ((), ()),
    "one each": ((file(b"Ada"),), (file(b"Bob"),)),
    "one name, two contents": ((file(b"1", "a.pdf"),), (file(b"2", "a.pdf"),)),
    "twice for one": ((file(b"Ada"), file(b"Ada", "copy.pdf")), ()),
    "empty files": ((file(b""),), (file(b""),)),
}


@pytest.mark.parametrize(("one", "other"), CLEAN.values(), ids=CLEAN)
def test_each_ones_own_files_pass(one, other):
    """
    A file may come twice to one person, and empty ones are nobody's.
    """
    found = taken(
        person("ada@example.net", attachments=one),
        person("bob@example.net", attachments=other),
    )

    assert found == [[], []]


def test_one_person_in_two_rows_may_get_a_file_twice():
    """
    Two rows of one mailbox are one person, however it is written.
    """
    found = taken(
        person("ada@example.net", attachments=[file(b"Ada")]),
        person("ADA@example.net", attachments=[file(b"Ada")]),
        person("bob@example.net", attachments=[file(b"Ada")]),
    )

    assert [len(leaks) for leaks in found] == [0, 0, 1]


def test_somebody_who_is_not_in_the_list_counts_by_the_row():
    """
    The rows are told apart by their numbers where addresses are not known.
    """
    world = World.of(person("ada@example.net"), person("bob@example.net"))
    files = PersonalFiles(world.circle.people)
    stranger = person("eve@example.net", attachments=[file(b"Eve")])

    assert list(files.take(stranger, 0)) == []
    assert list(files.take(stranger, 0)) == []
    assert len(list(files.take(stranger, 1))) == 1


def test_many_files_are_told_apart():
    """
    Thousands of files, a table that grows: the one double is found.
    """
    rows = [
        person(f"person-{n}@example.net", attachments=[file(b"%d" % (n % 9_999))])
        for n in range(10_000)
    ]

    found = taken(*rows)

    assert [n for n, leaks in enumerate(found) if leaks] == [9_999]


def test_a_missing_file_is_the_rows_own_failure(tmp_path):
    """
    It raises, so that this row fails and no other.
    """
    gone = Attachment.from_path(tmp_path / "gone.pdf")

    with pytest.raises(AttachmentError, match="is missing"):
        taken(person("ada@example.net", attachments=[gone]))
