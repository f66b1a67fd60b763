"""engine/content/whole.py: personal files come along."""

from __future__ import annotations

from safesend import Attachment, Recipient
from safesend.engine.audience import audience_of
from safesend.engine.content.whole import Whole, whole
from safesend.message.rowdata import packed, unpack


def test_a_file_is_brought_along(tmp_path):
    """
    The row is the same to whoever approves it, and can be read where no file is.
    """
    file = tmp_path / "bill.txt"
    file.write_text("42")
    person = Recipient(
        "ada@example.org", [Attachment.from_path(file), Attachment.from_path(file)]
    )
    [copy] = Whole(audience_of([person])).copies()
    assert packed(copy.recipient).content == packed(person).content
    payload = packed(copy.recipient).payload
    file.unlink()
    assert [one.load() for one in unpack(payload).attachments] == [b"42", b"42"]


def test_a_file_that_is_missing_stays_missing(tmp_path):
    """
    It is found out where the message is made, as ever.
    """
    person = Recipient("ada@example.org", [Attachment.from_path(tmp_path / "no.txt")])
    assert whole(person) == person


def test_who_has_no_files_is_left_alone():
    """
    Not even copied.
    """
    person = Recipient("ada@example.org", name="Ada")
    assert whole(person) is person
