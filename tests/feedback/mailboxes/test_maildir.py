"""feedback/mailboxes/maildir.py: mails in a Maildir that others use as well."""

from __future__ import annotations

import mailbox as judge

import pytest

from safesend.errors import ConfigurationError
from safesend.feedback.mailboxes.maildir import Maildir
from safesend.feedback.wrappings import Unfit


@pytest.fixture
def place(tmp_path):
    """A Maildir with two new mails, one seen, one answered, and one thrown away."""
    made = judge.Maildir(tmp_path / "Maildir", create=True)
    made.close()
    folder = tmp_path / "Maildir"
    for name in (
        "new/1.a.host",
        "new/2.b.host",
        "cur/3.c.host:2,S",
        "cur/4.d.host:2,R",
    ):
        (folder / name).write_text(f"Subject: {name}\n\nhello\n")
    (folder / "cur/5.e.host:2,T").write_text("Subject: gone\n\n")
    (folder / "new/.hidden").write_text("no mail\n")
    return folder


def names(place, part):
    """The names in one part of a Maildir."""
    return sorted(one.name for one in (place / part).iterdir())


def test_the_unread_mails_are_given(place):
    """
    Also those in cur without the flag S; what was thrown away is no mail.
    """
    box = Maildir(place)
    found = [*box.mails()]
    assert [one.handle for one in found] == ["1.a.host", "2.b.host", "4.d.host"]
    assert found[0].octets == b"Subject: new/1.a.host\n\nhello\n"
    assert found[0].place == str(place / "new/1.a.host")
    assert (box.expected, box.passed_over, box.name) == (3, 1, str(place))
    assert "hello" not in repr(found[0])
    box.close()


def test_all_mails_are_given_where_that_is_wanted(place):
    """
    Only as far as a mail is read.
    """
    box = Maildir(place, everything=True, longest=7)
    assert [one.octets for one in box.mails()] == [b"Subject"] * 4
    assert box.passed_over == 0


def test_what_was_booked_is_marked_as_read(place):
    """
    In cur, with its other flags; mailbox.Maildir of Python agrees.
    """
    Maildir(place).filed(["1.a.host", "4.d.host", "9.none.host"], None)
    assert names(place, "new") == [".hidden", "2.b.host"]
    assert "1.a.host:2,S" in names(place, "cur")
    assert "4.d.host:2,RS" in names(place, "cur")
    theirs = judge.Maildir(place, create=False)
    assert theirs.get_message("1.a.host").get_flags() == "S"
    theirs.close()


def test_a_mail_that_somebody_moves_meanwhile_is_found(place):
    """
    By the part of its name that stays; one that is gone comes another time.
    """
    box = Maildir(place)
    mails = box.mails()
    next(mails)
    (place / "new/1.a.host").rename(place / "cur/1.a.host:2,F")
    (place / "new/2.b.host").unlink()
    assert [one.handle for one in mails] == ["4.d.host"]
    box.filed(["1.a.host"], None)
    assert "1.a.host:2,FS" in names(place, "cur")


@pytest.mark.parametrize("inside", [False, True])
def test_what_was_booked_is_moved_into_a_folder_beside(place, inside):
    """
    As Maildir++ has folders: ".Done" in the Maildir, seen from any folder of it.
    """
    start = place
    if inside:
        start = place / ".Bounces"
        for part in ("tmp", "new", "cur"):
            (start / part).mkdir(parents=True)
        (place / "new/1.a.host").rename(start / "new/1.a.host")
    box = Maildir(start)
    for handle in ("1.a.host", "4.d.host"):
        box.filed([handle], "Done")
    assert "1.a.host:2,S" in names(place, ".Done/cur")
    theirs = judge.Maildir(place, create=False)
    assert "Done" in theirs.list_folders()
    theirs.close()


@pytest.mark.parametrize("name", ["", ".", "..", ".Done", "a/b", "a\0"])
def test_a_folder_that_would_lie_elsewhere_is_refused(place, name):
    """
    Nothing is moved then.
    """
    with pytest.raises(ConfigurationError, match="no name of a folder"):
        Maildir(place).filed(["1.a.host"], name)
    assert "1.a.host" in names(place, "new")


def test_a_mail_that_cannot_be_read_stops_no_other(place):
    """
    It is told, and comes again the next time.
    """
    mails = Maildir(place).mails()
    next(mails)
    (place / "new/2.b.host").unlink()
    (place / "new/2.b.host").mkdir()
    bad, good = mails
    assert isinstance(bad.octets, Unfit)
    assert "cannot be read: Is a directory" in bad.octets.reason
    assert good.handle == "4.d.host"


def test_a_new_folder_follows_no_link(place, tmp_path):
    """
    Who owns the Maildir put it there, and root would make files elsewhere for them.
    """
    target = tmp_path / "elsewhere"
    target.mkdir()
    (place / ".Done").symlink_to(target)
    with pytest.raises(ConfigurationError, match="it is a link"):
        Maildir(place).filed(["1.a.host"], "Done")
    (place / ".Half").mkdir()
    (place / ".Half/maildirfolder").symlink_to(target / "made")
    Maildir(place).filed(["1.a.host"], "Half")
    assert names(place, ".Half/cur") == ["1.a.host:2,S"]
    assert not [*target.iterdir()]
