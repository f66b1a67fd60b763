"""A policy says what it says, to the letter of RFC 8461."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.errors import RemoteProtocolError
from safesend.policies.mta_sts import (
    LARGEST,
    LONGEST,
    Mode,
    Policy,
    policy_id,
    read_policy,
)

PAGE = b"""version: STSv1\r
mode: enforce\r
mx: mail.example.com\r
mx: *.Example.NET\r
max_age: 604800\r
"""


def test_the_example_of_the_rfc():
    """Section 3.2."""
    assert read_policy(PAGE) == Policy(
        Mode.ENFORCE, ("mail.example.com", "*.example.net"), 604800
    )


def test_a_lenient_reader():
    """LF line ends, spaces, unknown keys, empty lines; the first of a key counts."""
    page = (
        b"version:STSv1\nmode:   testing  \nnews: a: b\n\nmode: enforce\n"
        b"mx:a.example\nmax_age: 1\nnonsense\nmax_age: 2"
    )

    assert read_policy(page) == Policy(Mode.TESTING, ("a.example",), 1)


def test_no_policy_needs_no_hosts():
    """mode: none withdraws one."""
    page = b"version: STSv1\nmode: none\nmax_age: 86400\n"

    assert read_policy(page) == Policy(Mode.NONE, (), 86400)


def test_a_policy_holds_for_a_year_at_most():
    """What asks for more gets that."""
    page = PAGE.replace(b"604800", b"9999999999")

    assert read_policy(page).max_age == LONGEST


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        (b"STSv1", b"STSv2", "version"),
        (b"version", b"Version", "version"),
        (b"enforce", b"Enforce", "mode"),
        (b"max_age: 604800", b"max_age: -1", "how long"),
        (b"max_age: 604800", b"max_age: 12345678901", "how long"),
        (b"max_age: 604800", b"", "how long"),
        (b"mx: ", b"mx: .", "mail server"),
        (b"mx: ", b"mx: *.*.", "mail server"),
        (PAGE, b"", "version"),
        (PAGE, b"<html>version: STSv1", "version"),
        (PAGE, PAGE + b"x" * LARGEST, "larger"),
    ],
)
def test_what_is_no_policy(before, after, reason):
    """It is refused as a whole, with the reason."""
    with pytest.raises(RemoteProtocolError, match=reason):
        read_policy(PAGE.replace(before, after))


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("mail.example.com", True),
        ("MAIL.example.com.", True),
        ("a.example.net", True),
        ("a.b.example.net", False),
        ("example.net", False),
        (".example.net", False),
        ("*.example.net", True),
        ("xexample.net", False),
        ("mail.example.com.evil.test", False),
        ("evil-mail.example.com", False),
        ("", False),
    ],
)
def test_which_hosts_a_policy_names(host, allowed):
    """A star stands for one label, the first, and not for none (section 4.1)."""
    assert read_policy(PAGE).allows(host) is allowed


@pytest.mark.parametrize(
    ("records", "found"),
    [
        (["v=STSv1; id=20160831085700Z;"], "20160831085700Z"),
        (["v=STSv1;id=1"], "1"),
        (["v=STSv1 ; x=y; id=A1 ; z=1"], "A1"),
        (["v=spf1 -all", "v=STSv1; id=2;"], "2"),
        (["v=STSv1; id=1;", "v=STSv1; id=2;"], None),
        (["v=STSv1"], None),
        (["v=STSv1;"], None),
        (["v=STSv10; id=1;"], None),
        (["V=STSv1; id=1;"], None),
        (["v=STSv1; id=a-b;"], None),
        (["v=STSv1; id=" + "1" * 33], None),
        ([" v=STSv1; id=1;"], None),
        ([], None),
    ],
)
def test_the_id_of_a_policy(records, found):
    """One record of its kind, and an id of letters and digits (section 3.1)."""
    assert policy_id(records) == found


@given(st.binary(max_size=300))
def test_any_page(page):
    """It is read or refused, and nothing else happens."""
    try:
        policy = read_policy(page)
    except RemoteProtocolError:
        return
    assert policy.max_age >= 0


@given(
    st.lists(
        st.sampled_from(
            (
                b"version: STSv1",
                b"mode: enforce",
                b"mode: none",
                b"max_age: 5",
                b"mx: a.example",
                b"mx: *.b.example",
                b"mx: *",
                b"mx:",
                b"\xff: x",
                b"",
            )
        )
    )
)
def test_any_order_of_lines(lines):
    """A policy that is enforced always names a host; its patterns have one star."""
    try:
        policy = read_policy(b"\r\n".join(lines))
    except RemoteProtocolError:
        return
    assert policy.mx or policy.mode is Mode.NONE
    assert all(one.lstrip("*.") for one in policy.mx)


@given(st.lists(st.text(max_size=60)))
def test_any_records(records):
    """They have an id or none."""
    found = policy_id(records)
    assert found is None or found.isalnum()
