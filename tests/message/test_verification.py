"""Our own second verifier: it agrees with dkimpy, on good messages and on bad ones."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safesend.message.verification import unverified

from .judges import dkimpy, ed25519, rsa
from .letters import compiled, sealed

BOTH = rsa(), ed25519()
NAMES = [one.name for one in BOTH]
GOOD = sealed(compiled(dkim=BOTH, text="Dear  {{ name }},\n\n.\n ")).content


def test_a_good_message_has_all_its_signatures():
    """
    Of each key.
    """
    assert unverified(GOOD, BOTH) == []


@pytest.mark.parametrize(
    ("old", "new", "left"),
    [
        (b"Dear", b"dear", NAMES),
        (b"Subject: H", b"Subject: h", NAMES),
        (b"a=rsa-sha256", b"a=rsa-sha1", NAMES[:1]),
        (b"d=example.org", b"d=example.net", NAMES[:1]),
        (b"s=e2026", b"s=x2026", NAMES[1:]),
        (b"v=1; a=rsa", b"v=1; l=0; a=rsa", NAMES[:1]),
        (b"; t=1795507509;\r\n h=", b"; t=1795507510;\r\n h=", NAMES[:1]),
        (b"\r\n b=", b"\r\n x=", NAMES[:1]),
        (b"\r\n b=", b"\r\n b=*", NAMES[:1]),
        (b"From: News", b"From: Eve\r\nFrom: News", NAMES),
        (b"From: News", b"Cc: eve@example.com\r\nFrom: News", NAMES),
        (b"From: News", b"DKIM-Signature: v=1\r\nFrom: News", NAMES),
        (b"DKIM-Signature: v=1; a=rsa", b"X-Signature: v=1; a=rsa", NAMES[:1]),
    ],
)
def test_what_was_changed_is_told_of_each_key(old, new, left):
    """
    One octet, a tag, a header more.
    """
    changed = GOOD.replace(old, new, 1)
    assert changed != GOOD
    assert sorted(unverified(changed, BOTH)) == sorted(left)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Dear ", b"Dear \t   "),
        (b"Subject: ", b"SUBJECT:\r\n\t  "),
        (b"Auto-Submitted: ", b"Received: by x\r\nAuto-Submitted:   "),
    ],
)
def test_what_relays_may_do_is_borne(old, new):
    """
    Folds, runs of blanks, the case of a name, trace headers, empty lines at the end.
    """
    assert old in GOOD
    changed = GOOD.replace(old, new, 1) + b"\r\n\r\n"
    assert unverified(changed, BOTH) == []
    assert dkimpy(changed, *BOTH) == [True, True]


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(GOOD) - 1), st.sampled_from(b"xX \t=;:0."))
def test_what_it_takes_dkimpy_takes(place, octet):
    """
    Whatever octet stands in whatever place.
    """
    changed = GOOD[:place] + bytes([octet]) + GOOD[place + 1 :]
    left = unverified(changed, BOTH)
    try:
        theirs = dkimpy(changed, *BOTH)
    except Exception:  # noqa: BLE001  what it cannot read it raises anything for
        assert left
    else:
        assert all(theirs) or left
