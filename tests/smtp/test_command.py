"""Command lines say one thing to one mailbox."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.errors import LocalProtocolError
from safesend.smtp import Capabilities, command

NASTY = [
    "ada@example.org>\r\nRCPT TO:<eve@example.org",
    "ada@example.org\n",
    "ada@example.org\r",
    "ada@example.org\0",
    "ada@example.org> SIZE=1",
    "ada@example.org,eve@example.org",
    "ada@example.org eve@example.org",
    "ada@example.org;eve@example.org",
    "@relay.example.org:ada@example.org",
    "<ada@example.org>",
    "ada (eve@example.org)@example.org",
    '"a>b"@example.org',
    '"a\\>b"@example.org',
    "ada@exa mple.org",
    "ada@example.org\x7f",
    "ada@example.org\x85",
    "ada",
    "ada@",
    "@example.org",
    "ada@[192.0.2.1\r]",
]


@pytest.mark.parametrize("mailbox", NASTY)
def test_a_path_holds_one_mailbox(mailbox):
    """What could be two mailboxes, or more than a mailbox, is not written."""
    with pytest.raises(LocalProtocolError):
        command.rcpt(mailbox, utf8=True)
    with pytest.raises(LocalProtocolError):
        command.mail(mailbox, utf8=True)


@pytest.mark.parametrize(
    "mailbox",
    [
        "ada@example.org",
        "a.b+c=d_e!#$%&'*/?^`{|}~-@example.org",
        '"ada lovelace"@example.org',
        '"a\\"b"@example.org',
        "ada@[192.0.2.1]",
        "ada@[IPv6:2001:db8::1]",
        "ada@xn--bcher-kva.example",
    ],
)
def test_a_mailbox_is_written_as_it_is(mailbox):
    """Every form of RFC 5321 section 4.1.2 that names one mailbox can be reached."""
    assert command.rcpt(mailbox) == f"RCPT TO:<{mailbox}>\r\n".encode()
    assert command.mail(mailbox) == f"MAIL FROM:<{mailbox}>\r\n".encode()


def test_the_null_path_is_a_sender_only():
    """Nobody can be the recipient of nobody."""
    assert command.mail("") == b"MAIL FROM:<>\r\n"
    with pytest.raises(LocalProtocolError):
        command.rcpt("")


def test_other_scripts_need_smtputf8():
    """Without the extension an address is ASCII."""
    assert command.rcpt("añe@example.org", utf8=True) == (
        "RCPT TO:<añe@example.org>\r\n".encode()
    )
    with pytest.raises(LocalProtocolError, match="SMTPUTF8") as caught:
        command.rcpt("añe@example.org")
    assert caught.value.__context__ is None


@pytest.mark.parametrize("mailbox", ["a" * 250 + "@b.org", "é" * 130 + "@b.org"])
def test_a_path_has_a_limit(mailbox):
    """256 octets with its brackets (RFC 5321 section 4.5.3.1.3)."""
    with pytest.raises(LocalProtocolError, match="254"):
        command.rcpt(mailbox, utf8=True)


def test_an_address_is_not_in_the_error():
    """An error can be printed."""
    with pytest.raises(LocalProtocolError) as caught:
        command.rcpt("ada@example.org\n")

    assert "ada" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("mail.example.org", b"EHLO mail.example.org\r\n"),
        ("[192.0.2.1]", b"EHLO [192.0.2.1]\r\n"),
        ("[IPv6:2001:db8::1]", b"EHLO [IPv6:2001:db8::1]\r\n"),
        ("x", b"EHLO x\r\n"),
    ],
)
def test_we_greet_by_a_name_or_a_literal(name, line):
    """EHLO and HELO take the same names."""
    assert command.ehlo(name) == line
    assert command.helo(name) == line.replace(b"EHLO", b"HELO")
    assert command.lhlo(name) == line.replace(b"EHLO", b"LHLO")


@pytest.mark.parametrize(
    "name", ["", "a b", "a\r\nRSET", "bücher.example", "-", "[::1"]
)
def test_other_names_are_refused(name):
    """EHLO is always ASCII and one word."""
    with pytest.raises(LocalProtocolError):
        command.ehlo(name)
    with pytest.raises(LocalProtocolError):
        command.helo(name)


def test_parameters_are_what_the_server_knows():
    """SIZE, RET, BODY and SMTPUTF8 stand only where they were offered or are needed."""
    full = Capabilities(takes_size=True, dsn=True)
    parameters = command.mail_parameters(full, 99, utf8=True, eightbit=True)

    assert parameters == " SIZE=99 RET=HDRS BODY=8BITMIME SMTPUTF8"
    bare = command.mail_parameters(Capabilities(), 99, utf8=False, eightbit=False)
    assert bare == ""


def test_what_is_asked_of_dsn_follows_the_rest():
    """RFC 3461: it makes each MAIL and RCPT a line of its own."""
    assert command.mail("a@x.org", " SIZE=9", b" ENVID=1") == (
        b"MAIL FROM:<a@x.org> SIZE=9 ENVID=1\r\n"
    )
    assert command.mail("a@x.org", " SIZE=9") == b"MAIL FROM:<a@x.org> SIZE=9\r\n"
    assert command.rcpt("b@x.org", b" NOTIFY=NEVER") == (
        b"RCPT TO:<b@x.org> NOTIFY=NEVER\r\n"
    )


def test_a_chunk_has_its_size():
    """And is the last one (RFC 3030 section 2)."""
    assert command.bdat(0) == b"BDAT 0 LAST\r\n"
    assert command.bdat(70_000) == b"BDAT 70000 LAST\r\n"


def test_a_login_is_base64():
    """RFC 4954 section 4: an empty response is an equals sign, none is nothing."""
    assert command.auth("PLAIN", b"\0a\0b") == b"AUTH PLAIN AGEAYg==\r\n"
    assert command.auth("EXTERNAL", b"") == b"AUTH EXTERNAL =\r\n"
    assert command.auth("LOGIN") == b"AUTH LOGIN\r\n"
    assert command.response(b"") == b"\r\n"


@pytest.mark.parametrize("mechanism", ["", "PLAIN X", "PLAIN\r\nRSET", "plain"])
def test_a_mechanism_is_a_name(mechanism):
    """RFC 4422 section 3.1."""
    with pytest.raises(LocalProtocolError):
        command.auth(mechanism)


def test_a_login_has_a_limit():
    """RFC 4954 section 4: 12288 octets."""
    with pytest.raises(LocalProtocolError, match="too long"):
        command.auth("PLAIN", b"x" * 9300)
    with pytest.raises(LocalProtocolError, match="too long"):
        command.response(b"x" * 9300)


@given(st.text(max_size=40), st.booleans())
def test_a_line_is_one_line(text, utf8):
    """No text makes two lines, or two paths, of one command."""
    try:
        line = command.rcpt(text, utf8=utf8)
    except LocalProtocolError:
        return

    assert line == f"RCPT TO:<{text}>\r\n".encode()
    assert (line.count(b"\r"), line.count(b"\n")) == (1, 1)
    assert (line.count(b"<"), line.count(b">")) == (1, 1)


@given(st.binary(max_size=300))
def test_an_answer_is_one_line(answer):
    """Whatever a password holds, it is base64 on the wire."""
    line = command.response(answer)

    assert base64.b64decode(line[:-2]) == answer
    assert (line[-2:], line.count(b"\n")) == (b"\r\n", 1)


def test_the_whole_path():
    """REQUIRETLS is said where it was asked for, and never because it is offered."""
    wanted = Capabilities(requiretls=True, tls_path=True)
    offered = Capabilities(requiretls=True)

    assert (
        command.mail_parameters(wanted, 5, utf8=False, eightbit=False) == " REQUIRETLS"
    )
    assert command.mail_parameters(offered, 5, utf8=False, eightbit=False) == ""
