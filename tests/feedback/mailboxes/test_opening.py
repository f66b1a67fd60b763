"""feedback/mailboxes/opening.py: a mailbox by its name."""

from __future__ import annotations

import pytest

from net.imap_peer import ImapPeer
from safesend.errors import ConfigurationError
from safesend.feedback.mailboxes import is_remote, open_mailbox
from safesend.feedback.mailboxes.files import MailFiles, PipedMail
from safesend.feedback.mailboxes.imap import RemoteMailbox
from safesend.feedback.mailboxes.maildir import Maildir
from safesend.feedback.mailboxes.mbox import Mbox
from safesend.redaction import Secret


def test_a_name_says_what_it_is(tmp_path):
    """
    By what is there: folders new and cur, a first line, a name that ends in .eml.
    """
    for part in ("new", "cur"):
        (tmp_path / "Maildir" / part).mkdir(parents=True)
    (tmp_path / "empty").touch()
    (tmp_path / "box").write_text("From a\n")
    (tmp_path / "one.eml").write_text("Subject: x\n")
    opened = {
        "Maildir": Maildir,
        "empty": Mbox,
        "box": Mbox,
        "one.eml": MailFiles,
        ".": MailFiles,
    }
    for name, kind in opened.items():
        assert isinstance(open_mailbox(str(tmp_path / name)), kind)
    assert open_mailbox(str(tmp_path / "Maildir"), everything=True).everything
    with ImapPeer() as peer:
        url = f"IMAP://ada@127.0.0.1:{peer.port}"
        assert is_remote(url)
        box = open_mailbox(url, password=Secret("x"), keep=True)
        assert isinstance(box, RemoteMailbox)
        box.close()
        assert any("EXAMINE" in one for one in peer.heard)


def test_standard_input_is_a_mail(capsysbinary):
    """
    Its name is a dash.
    """
    assert isinstance(open_mailbox("-"), PipedMail)


def test_what_is_no_mailbox_is_told(tmp_path):
    """
    And what would be one.
    """
    with pytest.raises(ConfigurationError, match="mail is not read by pop3://; name"):
        open_mailbox("pop3://ada:secret@mail.example.org")
    with pytest.raises(ConfigurationError, match=r"there is no mailbox .*nothing was"):
        open_mailbox(str(tmp_path / "none"))
    with pytest.raises(ConfigurationError, match="has the folders new and cur"):
        open_mailbox(str(tmp_path))
    assert not is_remote("postgresql://localhost/x")
