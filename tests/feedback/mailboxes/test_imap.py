"""feedback/mailboxes/imap.py: mails in a mailbox on a server."""

from __future__ import annotations

from contextlib import closing

import pytest

from net.imap_peer import ImapPeer
from safesend.errors import ConfigurationError, TransportError
from safesend.feedback.mailboxes.imap import RemoteMailbox, imap_place
from safesend.redaction import Secret


def test_mails_are_given_and_marked_and_moved():
    """
    Each with its UID, and where it lies without the user.
    """
    with ImapPeer([b"a\r\n", b"b\r\n", b"c\r\n"], "AUTH=PLAIN MOVE") as peer:
        peer.flags[102].add("\\Seen")
        url = f"imap://ada@127.0.0.1:{peer.port}/My%20bounces"
        box = RemoteMailbox.open(url, Secret("x"))
        mails = [*box.mails()]
        assert [(one.octets, one.handle) for one in mails] == [
            (b"a\r\n", 101),
            (b"c\r\n", 103),
        ]
        at = f"imap://127.0.0.1:{peer.port}/My%20bounces"
        assert (box.name, mails[0].place) == (at, f"{at};UID=101")
        assert (box.expected, box.passed_over, box.files) == (2, 1, True)
        box.filed([101], None)
        box.filed([103], "Done")
        box.close()
        assert peer.flags[101] == {"\\Seen"}
        assert list(peer.mails) == [101, 102]
        everything = RemoteMailbox.open(url, Secret("x"), everything=True)
        assert len([*everything.mails()]) == 2
        everything.close()


@pytest.mark.parametrize("unread", [True, False])
def test_what_cannot_be_moved_is_unread_again(unread):
    """
    As far as the server goes on with it: the next time it is found, and moved.
    """
    with ImapPeer([b"a\r\n"], "AUTH=PLAIN MOVE") as peer:
        peer.says["UID MOVE"] = ["{tag} NO [OVERQUOTA] no room"] if unread else None
        url = f"imap://ada@127.0.0.1:{peer.port}/INBOX"
        with closing(RemoteMailbox.open(url, Secret("x"))) as box:
            with pytest.raises(ConfigurationError, match="no name of a mailbox"):
                box.must_move("a\nb")
            box.must_move("Done")
            with pytest.raises(TransportError):
                box.filed([101], "Done")
        assert peer.flags[101] == (set() if unread else {"\\Seen"})


def test_a_url_says_where_the_mailbox_is():
    """
    The port and INBOX are those that are usual; a user may be an address.
    """
    place = imap_place("imaps://bounces@example.org@mail.example.org")
    assert (place.host, place.port, place.user) == (
        "mail.example.org",
        993,
        "bounces@example.org",
    )
    assert (place.mailbox, place.implicit) == ("INBOX", True)
    other = imap_place("imap://ada%40example.org@[::1]:1143/In%20box/Bounces/")
    assert (other.host, other.port, other.user) == ("::1", 1143, "ada@example.org")
    assert (other.mailbox, other.implicit) == ("In box/Bounces", False)
    assert imap_place("imap://ada@localhost").port == 143


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("imaps://ada:s3cret@mail.example.org/INBOX", "a password in a URL"),
        ("imaps://ada@mail..example.org/INBOX", "not the URL of a mailbox"),
        ("imaps://mail.example.org/INBOX", "names no user: it is imaps://, the user"),
        ("imaps://ada@mail.example.org:x/INBOX", "not the URL of a mailbox"),
        ("imaps://ada@/INBOX", "not the URL of a mailbox"),
        ("imaps://ada@mail.example.org/INBOX?x", "not the URL of a mailbox"),
        ("pop3://ada@mail.example.org", "not the URL of a mailbox"),
        ("imaps://ada@[::1", "not the URL of a mailbox"),
    ],
)
def test_a_url_that_says_it_wrongly_is_refused(url, reason):
    """
    Its password is not repeated.
    """
    with pytest.raises(ConfigurationError, match=reason) as told:
        imap_place(url)
    assert "s3cret" not in str(told.value)
