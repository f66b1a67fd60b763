"""feedback/mailboxes/files.py: mails that are files, or come through a pipe."""

from __future__ import annotations

import io

import pytest

from safesend.errors import ConfigurationError
from safesend.feedback.mailboxes.files import MailFiles, PipedMail


def test_a_file_is_a_mail_and_a_folder_has_many(tmp_path):
    """
    Those that end in .eml, by their names, as far as is wanted.
    """
    for name in ("b.eml", "a.eml", "c.txt"):
        (tmp_path / name).write_text(f"Subject: {name}\n")
    (tmp_path / "d.eml").mkdir()
    folder = MailFiles(tmp_path, longest=10)
    found = [*folder.mails()]
    assert [one.place for one in found] == [
        str(tmp_path / name) for name in ("a.eml", "b.eml")
    ]
    assert found[0].octets == b"Subject: a"
    assert (folder.expected, folder.files, folder.name) == (2, False, str(tmp_path))
    folder.filed([None], None)
    folder.close()
    [one] = MailFiles(tmp_path / "c.txt").mails()
    assert one.octets == b"Subject: c.txt\n"
    mails = folder.mails()
    next(mails)
    (tmp_path / "b.eml").unlink()
    assert [*mails] == []


@pytest.mark.parametrize(
    ("octets", "mails"),
    [
        (b"Subject: x\n\nhello\n", [b"Subject: x\n\nhello\n"]),
        (b"From a Fri Nov 27\nSubject: x\n", [b"Subject: x\n"]),
        (b"Subject: " + b"x" * 99, [b"Subject: " + b"x" * 11]),
        (b" \n", []),
        (b"", []),
    ],
)
def test_a_pipe_has_one_mail(octets, mails):
    """
    It is read to its end, and a line of an mbox before it is none of the mail's.
    """
    stream = io.BytesIO(octets)
    pipe = PipedMail(stream, longest=20 if b"xxx" in octets else 100)
    assert [one.octets for one in pipe.mails()] == mails
    assert not stream.read()
    assert (pipe.expected, pipe.files, pipe.passed_over) == (1, False, 0)
    pipe.filed([None], None)
    pipe.close()


def test_nothing_is_moved_here(tmp_path):
    """
    It is said before anything is read.
    """
    with pytest.raises(ConfigurationError, match="in a Maildir or over IMAP only"):
        MailFiles(tmp_path).must_move("Done")
