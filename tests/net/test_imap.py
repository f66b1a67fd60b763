"""net/imap.py: a mailbox on a server, also one that does odd things."""

from __future__ import annotations

import ssl
from contextlib import closing

import pytest
import trustme

from safesend.errors import ConfigurationError, TransportError
from safesend.net.imap import ImapMailbox, ImapPlace
from safesend.redaction import Secret

from .imap_peer import ImapPeer

MAILS = [b"Subject: %d\r\n\r\nhello\r\n" % number for number in range(5)]


@pytest.fixture(autouse=True)
def loop():
    """Nothing here runs on a loop."""


def opened(peer, *, user="ada", password="s3cret", longest=1000, **more):
    """The mailbox of a peer."""
    place = ImapPlace("127.0.0.1", peer.port, user, implicit=False)
    options = {"changing": True, "patience": 30.0} | more
    return ImapMailbox.open(place, Secret(password), longest=longest, **options)


def read_all(peer):
    """All mails of a peer that nobody has read."""
    with closing(opened(peer)) as mailbox:
        return [*mailbox.mails(mailbox.uids(unseen=True))]


def test_mails_are_looked_for_and_read_as_far_as_is_wanted():
    """
    Nothing is marked by that.
    """
    with ImapPeer(MAILS) as peer:
        peer.flags[102].add("\\Seen")
        peer.flags[103].add("\\Deleted")
        mailbox = opened(peer, longest=12)
        assert mailbox.number == 5
        assert mailbox.uids(unseen=True) == [101, 104, 105]
        assert mailbox.uids(unseen=False) == [101, 102, 104, 105]
        assert [*mailbox.mails([101, 104])] == [
            (101, MAILS[0][:12]),
            (104, MAILS[3][:12]),
        ]
        mailbox.close()
    assert peer.login == ("ada", "s3cret")
    assert peer.heard[-1] == "LOGOUT"
    assert "UID FETCH 101,104 (UID BODY.PEEK[]<0.12>)" in peer.heard
    assert not any("STORE" in one for one in peer.heard)
    assert "s3cret" not in repr(mailbox)


def test_a_large_mailbox_is_looked_through_in_parts():
    """
    And read and marked in parts as well.
    """
    with ImapPeer([b"x\r\n\r\n"] * 12_001) as peer:
        mailbox = opened(peer)
        uids = mailbox.uids(unseen=True)
        assert len(uids) == 12_001
        assert len([*mailbox.mails(uids[:25])]) == 25
        mailbox.mark(uids[:501])
        mailbox.close()
    assert sum("SEARCH" in one for one in peer.heard) == 2
    assert sum("FETCH" in one for one in peer.heard) == 3
    assert sum("\\Seen" in flags for flags in peer.flags.values()) == 501


@pytest.mark.parametrize(
    ("capabilities", "left"),
    [("AUTH=PLAIN MOVE", 3), ("AUTH=PLAIN UIDPLUS", 3), ("AUTH=PLAIN", 5)],
)
def test_mails_are_moved_into_a_folder_that_is_made(capabilities, left):
    """
    Without MOVE they are copied; without UIDPLUS they stay, marked as deleted.
    """
    with ImapPeer(MAILS, capabilities) as peer:
        mailbox = opened(peer)
        mailbox.move([101, 103], "Fertig & gut")
        mailbox.close()
    assert peer.folders == {"Fertig &- gut": [MAILS[0], MAILS[2]]}
    assert len(peer.mails) == left
    if left == 5:
        assert {u for u, f in peer.flags.items() if f} == {101, 103}
    assert not any(one == "EXPUNGE" for one in peer.heard)


def test_what_a_server_can_do_is_asked_again_after_the_login():
    """
    As Dovecot and Gmail tell of MOVE then only.
    """
    with ImapPeer(MAILS) as peer:
        peer.after_login = "MOVE"
        with closing(opened(peer)) as mailbox:
            mailbox.move([101], "Done")
    assert 'UID MOVE 101 "Done"' in peer.heard
    assert 101 not in peer.mails


def test_what_cannot_be_moved_is_told():
    """
    With the words of the server, in which nobody is named.
    """
    with ImapPeer(MAILS, "AUTH=PLAIN MOVE") as peer:
        peer.says["UID MOVE"] = ["{tag} NO [OVERQUOTA] ada@example.org has no room"]
        mailbox = opened(peer)
        with pytest.raises(
            TransportError, match=r"moved there: .*a…@example\.org"
        ) as told:
            mailbox.move([101], "Done")
        assert told.value.permanent
        peer.says["UID STORE"] = ["{tag} NO [INUSE] later"]
        with pytest.raises(TransportError, match="STORE failed") as told:
            mailbox.mark([101])
        assert not told.value.permanent
        mailbox.close()


def test_login_is_for_servers_without_plain():
    """
    The password may have quotes in it, and no letter beyond ASCII.
    """
    with ImapPeer(MAILS, "") as peer:
        opened(peer, user='a"da', password='s3"c\\ret').close()
        assert peer.login == ('a\\"da', 's3\\"c\\\\ret')
        with pytest.raises(ConfigurationError, match="cannot be said to this server"):
            opened(peer, password="pässword")
    with ImapPeer(MAILS) as peer:
        opened(peer, password="pässword").close()
        assert peer.login == ("ada", "pässword")
        with pytest.raises(ConfigurationError, match="cannot be said to this server"):
            opened(peer, password="a\r\nb")


@pytest.mark.parametrize(
    ("answer", "shown", "permanent"),
    [
        ("{tag} NO [AUTHENTICATIONFAILED] s3cret is wrong", "FAILED\\)$", True),
        ("{tag} NO s3cret is wrong", "password$", True),
        ("{tag} NO [UNAVAILABLE] the database is down", "UNAVAILABLE\\)$", False),
    ],
)
def test_a_password_that_is_not_taken_is_not_shown(answer, shown, permanent):
    """
    Whatever the server says to it; and it may be taken another time.
    """
    with ImapPeer(MAILS) as peer:
        peer.says["AUTHENTICATE"] = [answer]
        with pytest.raises(TransportError, match=shown) as told:
            opened(peer)
    assert "s3cret" not in str(told.value)
    assert (told.value.stage, told.value.permanent) == ("auth", permanent)


def test_a_server_that_hangs_up_or_talks_nonsense_is_told():
    """
    Without a word of what went over the line.
    """
    with ImapPeer(MAILS) as peer:
        for verb in ("AUTHENTICATE", "SELECT", "CAPABILITY"):
            peer.says = {verb: None}
            with pytest.raises(TransportError, match="ended the conversation"):
                opened(peer)
        peer.says = {"SELECT": ["{tag} BAD s3cret what"]}
        with pytest.raises(TransportError, match="is not IMAP") as told:
            opened(peer)
        assert "s3cret" not in str(told.value)
        peer.says = {"SELECT": ["{tag} NO there is none"]}
        with pytest.raises(TransportError, match="cannot be opened: there is none"):
            opened(peer)
        peer.says = {}
        mailbox = opened(peer)
        peer.says = {"UID FETCH": ["* 1 FETCH (BODY[]<0> {{99999999}}", "x"]}
        with pytest.raises(TransportError, match="ended the conversation"):
            [*mailbox.mails([101])]
        mailbox.close()


def test_what_is_no_mail_in_an_answer_is_passed_over():
    """
    The UID may stand before the mail, or be missing; what is gone is no mail.
    """
    with ImapPeer(MAILS) as peer:
        peer.says["UID FETCH"] = [
            "* 1 FETCH (UID 7 BODY[]<0> {{2}}",
            "ab)",
            "* 2 FETCH (BODY[]<0> {{2}}",
            "cd FLAGS ())",
            "* 3 FETCH (UID 9 BODY[]<0> NIL)",
            "{tag} OK done",
        ]
        mailbox = opened(peer)
        assert [*mailbox.mails([7, 8, 9])] == [(7, b"ab")]
        peer.says["UID FETCH"] = ["{tag} OK done"]
        assert [*mailbox.mails([7])] == []
        mailbox.close()


def test_a_mailbox_that_may_only_be_read_can_be_kept_as_it_is():
    """
    Which is said to whoever wanted to mark what was read.
    """
    with ImapPeer(MAILS) as peer:
        peer.says["SELECT"] = [
            "* 5 EXISTS",
            "* OK [READ-ONLY] yours to look at",
            "{tag} OK [READ-ONLY] done",
        ]
        with pytest.raises(ConfigurationError, match="--keep reads it"):
            opened(peer)
        opened(peer, changing=False).close()
        assert peer.heard[-2].startswith("EXAMINE")


def test_no_password_goes_over_a_line_in_clear():
    """
    But to this machine; where that wants STARTTLS as well, its certificate counts.
    """
    authority = trustme.CA()
    client = ssl.create_default_context()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(server)
    authority.configure_trust(client)
    with ImapPeer(MAILS, "LOGINDISABLED") as peer:
        with pytest.raises(ConfigurationError, match="offers no STARTTLS"):
            opened(peer)
        assert peer.login is None
    with ImapPeer(MAILS, "LOGINDISABLED STARTTLS", context=server) as peer:
        mailbox = opened(peer, context=client)
        assert mailbox.uids(unseen=True)
        mailbox.close()
        assert peer.login == ("ada", "s3cret")
    with ImapPeer(MAILS, "LOGINDISABLED STARTTLS", context=server) as peer:
        with pytest.raises(TransportError, match="certificate is not to be trusted"):
            opened(peer)
        assert peer.login is None
    with ImapPeer(MAILS, "LOGINDISABLED STARTTLS", context=server) as peer:
        peer.says["STARTTLS"] = ["{tag} NO not today"]
        with pytest.raises(TransportError, match="is not IMAP"):
            opened(peer)


@pytest.mark.parametrize("order", ["before", "behind"])
def test_nothing_that_was_said_in_clear_counts_after_starttls(order):
    """
    Whoever sits on the line may put it there, in the packet with the last clear answer.
    """
    authority = trustme.CA()
    client = ssl.create_default_context()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(server)
    authority.configure_trust(client)
    said = b"* PREAUTH hello\r\n* CAPABILITY IMAP4rev1 MOVE\r\n* 9 EXISTS\r\n"

    class Tapped(ImapPeer):
        def on_starttls(self, line, _):
            write = line.wfile.write
            line.wfile.write = lambda answer: write(
                said + answer if order == "before" else answer + said
            )
            super().on_starttls(line, _)

    with Tapped(MAILS, "LOGINDISABLED STARTTLS", context=server) as peer:
        with closing(opened(peer, context=client)) as mailbox:
            assert mailbox.number == 5
            mailbox.move([101], "Done")
        assert peer.login == ("ada", "s3cret")
        assert "UID MOVE" not in " ".join(peer.heard)


def test_one_who_is_known_already_says_no_password():
    """
    As over a tunnel (PREAUTH); but not where TLS was to come first.
    """
    with ImapPeer(MAILS) as peer:
        peer.greeting = "* PREAUTH welcome"
        opened(peer).close()
        assert peer.login is None
        peer.capabilities = "LOGINDISABLED STARTTLS"
        with pytest.raises(ConfigurationError, match="offers no STARTTLS"):
            opened(peer)


def test_a_port_that_speaks_no_tls_or_is_closed_is_told():
    """
    With the ports that are usual.
    """
    with ImapPeer(MAILS) as peer:
        place = ImapPlace("127.0.0.1", peer.port, "ada")
        with pytest.raises(TransportError, match="imaps:// is for port 993"):
            ImapMailbox.open(place, Secret(""), changing=True, longest=9, patience=30)
        port = peer.port
    place = ImapPlace("127.0.0.1", port, "ada")
    with pytest.raises(TransportError, match="refused"):
        ImapMailbox.open(place, Secret(""), changing=True, longest=9, patience=30)
    assert place.name == f"127.0.0.1:{port}/INBOX"
    assert "ada" not in repr(place)


def test_a_server_that_says_nothing_is_waited_for_only_so_long():
    """
    It is told as such.
    """
    with ImapPeer(MAILS) as peer:
        peer.says["SELECT"] = []
        with pytest.raises(TransportError, match="no answer in time"):
            opened(peer, patience=0.2)


@pytest.mark.parametrize(
    ("verb", "lines"),
    [
        ("CAPABILITY", ["* CAPABILITY IMAP4rev1 \xe4", "{tag} OK done"]),
        ("AUTHENTICATE", ["+ abc"]),
        ("SELECT", ["* EXISTS many", "{tag} OK done"]),
        ("SELECT", ["* EXISTS {{3}}", "abc", "{tag} OK done"]),
        ("SELECT", [f"* {'9' * 5000} EXISTS", "{tag} OK done"]),
        ("UID SEARCH", ["* SEARCH 101 -3", "{tag} OK done"]),
        ("UID SEARCH", ["* SEARCH {{3}}", "101", "{tag} OK done"]),
        ("UID FETCH", [f"* 1 FETCH (UID 101 BODY[]<0> {{{{{'9' * 5000}}}}}"]),
    ],
)
def test_answers_that_are_none_are_told_as_such(verb, lines):
    """
    Numbers that are none or have no end, letters where none may be, odd challenges.
    """
    with ImapPeer(MAILS) as peer:
        peer.says[verb] = lines
        with pytest.raises(TransportError, match=r"is not IMAP$"):
            read_all(peer)


@pytest.mark.parametrize(
    "lines",
    [
        ["* 1 FETCH (UID 101 BODY[]<0> {{60000}}", "x" * 60_000 + ")"] * 20,
        ["* 5 EXISTS " + "x" * 60_000] * 20,
    ],
)
def test_no_answer_is_much_longer_than_what_was_asked_for(lines):
    """
    Neither in mails nor in lines: it would fill the memory.
    """
    with ImapPeer(MAILS) as peer:
        peer.says["UID FETCH"] = [*lines, "{tag} OK done"]
        with pytest.raises(TransportError, match="ended the conversation"):
            read_all(peer)


def test_mails_that_were_not_asked_for_are_none():
    """
    Nor is one that is given twice: it would be marked, or counted again.
    """
    with ImapPeer(MAILS) as peer:
        peer.says["UID FETCH"] = [
            "* 1 FETCH (UID 101 BODY[]<0> {{2}}",
            "ab)",
            "* 2 FETCH (UID 102 BODY[]<0> {{2}}",
            "cd)",
            "* 1 FETCH (UID 101 BODY[]<0> {{2}}",
            "ef)",
            "{tag} OK done",
        ]
        peer.says["UID SEARCH"] = ["* SEARCH 101", "{tag} OK done"]
        assert read_all(peer) == [(101, b"ab")]


def test_a_server_that_has_no_time_is_told_as_such():
    """
    It may say goodbye at once.
    """
    with ImapPeer(MAILS) as peer:
        peer.greeting = "* BYE [UNAVAILABLE] too many of you"
        with pytest.raises(TransportError, match="ended the conversation") as told:
            opened(peer)
    assert not told.value.permanent
