"""net/imap_names.py: how names, texts and sets are written in IMAP."""

from __future__ import annotations

import base64
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.errors import ConfigurationError
from safesend.net.imap_names import is_said_at_all, mailbox_name, quoted, uid_sets


@pytest.fixture(autouse=True)
def loop():
    """Nothing here runs on a loop."""


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("INBOX", "INBOX"),
        ("Fertig & gut", "Fertig &- gut"),
        # The examples of RFC 3501 section 5.1.3.
        ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
        ("😀", "&2D3eAA-"),
    ],
)
def test_names_are_written_in_modified_utf_7(name, written):
    """
    What is not ASCII is shifted, and an ampersand is marked.
    """
    assert mailbox_name(name) == written


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1))
def test_a_name_can_be_read_back(name):
    """
    Every name has one spelling, in printable ASCII.
    """
    written = mailbox_name(name)
    assert re.fullmatch(r"[ -~]+", written)

    def back(hit):
        if not hit[1]:
            return "&"
        packed = hit[1].replace(",", "/") + "=" * (-len(hit[1]) % 4)
        return base64.b64decode(packed).decode("utf-16-be")

    assert re.sub(r"&([^-]*)-", back, written) == name


@pytest.mark.parametrize("name", ["", "a\r\nb", "a\0", "\ud800"])
def test_what_could_end_the_command_is_no_name(name):
    """
    Nor is nothing, or what is no text.
    """
    with pytest.raises(ConfigurationError, match="no name of a mailbox"):
        mailbox_name(name)


def test_a_text_may_be_said_or_not():
    """
    By LOGIN only in ASCII.
    """
    assert is_said_at_all("pässword", ascii_only=False)
    assert not is_said_at_all("pässword", ascii_only=True)
    assert not is_said_at_all("pass\nword", ascii_only=False)
    assert quoted('a"b\\c') == '"a\\"b\\\\c"'


@given(st.lists(st.integers(1, 2**32 - 1)), st.integers(1, 9))
def test_sets_name_each_mail_once(uids, most):
    """
    In order, and in so many commands as are needed.
    """
    named = []
    for some in uid_sets(uids, most):
        pairs = [part.partition(":") for part in some.split(",")]
        part = [
            uid
            for first, _, last in pairs
            for uid in range(int(first), int(last or first) + 1)
        ]
        assert len(part) <= most
        named += part
    assert named == sorted(set(uids))
