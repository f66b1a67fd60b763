"""What is read out of a request."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from urllib3 import encode_multipart_formdata
from werkzeug.datastructures import MultiDict
from werkzeug.test import encode_multipart

from integrations.unsubscribe.lists import FORM, URLENCODED
from safesend import Unsubscribe
from safesend.errors import ConfigurationError
from safesend.integrations.unsubscribe.request import (
    LONGEST,
    Head,
    token_of,
    veiled,
    wants_out,
)
from safesend.message.unsubscribe import UnsubscribeKey

URL = "application/x-www-form-urlencoded"
TOKEN = "v1." + "5a" * 45 + ".0123abcd"

KEY = UnsubscribeKey(b"k" * 32)


def _form(name, value, boundary="b", end="\r\n"):
    lines = f"--{boundary}", f'Content-Disposition: form-data; name="{name}"', "", value
    return end.join([*lines, f"--{boundary}--", ""]).encode("utf-8", "replace")


def test_gmail_sends_26_octets():
    """The body of RFC 8058, section 8.1, as a form of the web."""
    assert len(URLENCODED) == 26
    assert wants_out(URL, URLENCODED)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        FORM,
        ("multipart/form-data; boundary=b", _form("List-Unsubscribe", "One-Click")),
        ("MULTIPART/Form-Data;Boundary=b", _form("list-unsubscribe", "one-click")),
        (
            'multipart/form-data; a=b; boundary="b"',
            _form("x", "y").removesuffix(b"--b--\r\n")
            + _form("List-Unsubscribe", "One-Click"),
        ),
        (
            "multipart/form-data; boundary=b",
            _form("List-Unsubscribe", "One-Click", end="\n"),
        ),
        (
            "multipart/form-data; boundary=b",
            b"hello\r\n" + _form("List-Unsubscribe", "One-Click"),
        ),
        (URL, URLENCODED + b"\r\n"),
        (URL + "; charset=utf-8", b"a=b&List-Unsubscribe=One-Click&c"),
        (URL, b"List%2DUnsubscribe=One%2dClick"),
        ("", URLENCODED),
        ("text/plain", URLENCODED),
    ],
)
def test_either_form_says_it(kind, body):
    """Whatever stands beside the field, and however a line ends."""
    assert wants_out(kind, body)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (URL, b""),
        (URL, b"List-Unsubscribe"),
        (URL, b"List-Unsubscribe=No"),
        (URL, b"One-Click=List-Unsubscribe"),
        (URL, b"\xff\xfe\x00=\x00&&&=%zz%"),
        (URL, FORM[1]),
        ("multipart/form-data", FORM[1]),
        ("multipart/form-data; boundary=other", FORM[1]),
        ("multipart/form-data; boundary=b", URLENCODED),
        ("multipart/form-data; boundary=b", _form("x", "One-Click")),
        (
            "multipart/form-data; boundary=b",
            b"--b--\r\n" + _form("List-Unsubscribe", "One-Click"),
        ),
        (
            "multipart/form-data; boundary=b",
            b"--b\r\nList-Unsubscribe: x\r\n\r\nOne-Click\r\n--b--",
        ),
        (
            "multipart/form-data; boundary=b",
            _form("List-Unsubscribe", "One-Click").replace(b"\r\n\r\n", b"\r\n"),
        ),
        (
            "multipart/form-data; boundary=b",
            _form("List-Unsubscribe", "One-Click").replace(b" name=", b" filename="),
        ),
    ],
)
def test_whatever_else_does_not(kind, body):
    """A body that is not that of RFC 8058 asks for nothing."""
    assert not wants_out(kind, body)


@given(st.text(), st.binary())
def test_no_body_is_too_odd(kind, body):
    """Octets that anybody sends raise nothing."""
    for one in kind, URL, f"multipart/form-data; boundary={kind}":
        wants_out(one, body)


@given(
    st.text("abcXYZ019'()+_,-./:=?", min_size=1, max_size=70),
    st.lists(st.tuples(st.text("abc-"), st.text("xyz \n"))),
)
def test_a_form_is_read_with_any_boundary(boundary, fields):
    """Of all that RFC 2046 allows, and with other fields ahead."""
    parts = [
        f'--{boundary}\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{value}'
        for name, value in [*fields, ("List-Unsubscribe", "One-Click")]
    ]
    body = "\r\n".join([*parts, f"--{boundary}--", ""]).encode()
    assert wants_out(f'multipart/form-data; boundary="{boundary}"', body)


def _by_urllib3(fields):
    body, kind = encode_multipart_formdata(fields)
    return kind, body


def _by_werkzeug(fields):
    boundary, body = encode_multipart(MultiDict(fields))
    return f'multipart/form-data; boundary="{boundary}"', body


@pytest.mark.parametrize("made", [_by_urllib3, _by_werkzeug])
@pytest.mark.parametrize("also", [{}, {"a": "b", "name": "List-Unsubscribe"}])
def test_forms_of_other_programs_are_read(made, also):
    """As different as they write them."""
    assert wants_out(*made({**also, "List-Unsubscribe": "One-Click"}))
    assert not wants_out(*made({**also, "List-Unsubscribe": "No"}))
    assert not wants_out(*made({**also, "x": "One-Click"}))


@pytest.mark.parametrize(
    ("path", "query", "token"),
    [
        (f"/{TOKEN}", "", TOKEN),
        (f"/{TOKEN}/", "", TOKEN),
        (f"/a/b/{TOKEN}", "utm_source=x", TOKEN),
        ("/", f"t={TOKEN}", TOKEN),
        ("", f"x=1&t={TOKEN}", TOKEN),
        ("/leave", f"t={TOKEN}", TOKEN),
        (f"/{TOKEN}/now", "", TOKEN),
        ("/leave", f"who={TOKEN}&x=1", TOKEN),
        (f"/{TOKEN}", "t=", TOKEN),
        ("/leave", TOKEN, TOKEN),
        ("/leave", f"a=1;t={TOKEN}", TOKEN),
        (f"/leave;t={TOKEN}", "", TOKEN),
        (f"/u-{TOKEN}.html", "", TOKEN),
        (f"/{TOKEN}/v1.of-something-else", "app=v1.of-something-else", TOKEN),
        ("/leave/x", "t=x", ""),
        ("/api/v2.0/leave/", "", ""),
        ("", "", ""),
        ("/", "", ""),
    ],
)
def test_the_token_stands_anywhere_in_the_path_or_in_the_query(path, query, token):
    """Under any prefix, with or without a slash at the end."""
    assert token_of(path, query) == token
    assert TOKEN not in "?".join(veiled(path, query))


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (f"/leave/{TOKEN}.", ""),
        (f"/leave/<{TOKEN}>", ""),
        (f"/leave/{TOKEN}\u00a0", ""),
        (f"/leave/{TOKEN}_)", ""),
        (f"/LEAVE/{TOKEN.upper()}", ""),
        ("/leave", f"t=3D{TOKEN}"),
        ("/leave", f"t=%76%31%2E{TOKEN[3:]},"),
    ],
)
def test_a_link_that_lost_its_shape_on_the_way_is_understood(path, query):
    """Programs take what stands beside it for a part of it; nobody knows that."""
    assert token_of(path, query) == TOKEN
    assert TOKEN[3:] not in "?".join(veiled(path, query)).lower()


def test_what_is_no_token_stays_in_the_log():
    """Only the token is taken out of what others may write down."""
    assert veiled(f"/leave/{TOKEN}/", "a=b") == ("/leave/TOKEN/", "a=b")
    assert veiled("/leave/", f"a=b&t={TOKEN}") == ("/leave/", "a=b&t=TOKEN")
    assert veiled("/leave/help", "") == ("/leave/help", "")


@given(st.from_regex(r"[A-Za-z0-9._~:/?!$&*+;=%-]{0,20}(\{token\}[a-z.?&=;%-]*)?"))
def test_whatever_link_a_campaign_may_have_is_understood(tail):
    """Those that are not refused when it is made."""
    try:
        link = Unsubscribe(f"https://example.org/{tail}", KEY).template
    except ConfigurationError:
        return
    found = urlsplit(link.replace("{token}", TOKEN))
    assert token_of(unquote(found.path), found.query) == TOKEN


ODD = st.text(st.characters())  # half of a pair as well


@given(ODD, ODD)
def test_no_path_is_too_odd(path, query):
    """A path and a query that anybody sends raise nothing."""
    for asked in query, f"{query}&t={TOKEN}&{query}={query}":
        token_of(path, asked)
        assert TOKEN not in "".join(veiled(path, asked))


@pytest.mark.parametrize(
    ("length", "malformed", "long"),
    [
        ("", False, False),
        ("0", False, False),
        (str(LONGEST), False, False),
        (str(LONGEST + 1), False, True),
        ("9" * 18, False, True),
        ("9" * 19, True, None),
        ("-1", True, None),
        ("+1", True, None),
        ("1, 1", True, None),
        ("\u0661", True, None),
        ("x", True, None),
    ],
)
def test_a_length_is_digits_or_malformed(length, malformed, long):
    """And nothing is read where it announces too much."""
    head = Head("POST", length=length)
    assert head.malformed is malformed
    if not malformed:
        assert head.too_long is long


def test_an_address_is_not_printed():
    """What a request shows of itself names nobody."""
    assert "192.0.2.1" not in repr(Head("GET", peer="192.0.2.1", forwarded="192.0.2.1"))
