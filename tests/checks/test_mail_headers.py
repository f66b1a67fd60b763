import base64
from email.header import Header
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.linear import is_linear
from safesend.checks.mail_headers import (
    MOST_FIELDS,
    Field,
    decoded_field,
    parameters,
    read_headers,
)

WORDS = [
    ("plain", "plain"),
    ("=?utf-8?q?ada=40example.org?=", "ada@example.org"),
    ("=?UTF-8?Q?a_b?= c", "a b c"),
    ("=?utf-8?b?YWRhQA==?=\r\n =?utf-8?b?ZXg=?=", "ada@ex"),
    ("=?utf-8?b?w7w=?= =?utf-8?q?=C3?= =?utf-8?q?=BC?=", "üü"),
    ("=?utf-8?q?a?= =?iso-8859-1?q?=FC?=", "aü"),
    ("=?utf-8*de?q?a?=", "a"),
    ('"=?utf-8?q?a?=" <x>', '"a" <x>'),
    ("=?utf-8?q?a?= b =?utf-8?q?c?=", "a b c"),
    ("x=?utf-8?q?a?=y", "xay"),
    ("=?utf-8?q?what?_ada?=", "what? ada"),
    ("=?utf-8?q?for_ada=40x", "for ada@x"),
    ("=?utf-8?q?a =?utf-8?q?b?=", "a b"),
    ("=?utf-8?b?YWRh", "ada"),
    ("=?utf-8?b?Y W*Rh?=", "ada"),
    ("=?x-none?q?ada=40x?=", "ada@x"),
    ("=?utf-16?b?YQBkAGEA?=", "ada"),
    ("=?utf-8?x?ada?=", "=?utf-8?x?ada?="),
    ("=?", "=?"),
]

PARAMETERS = [
    ("a/b; name=ada", {"name": ["ada"]}),
    ("a/b;name=ada;x=y", {"name": ["ada"], "x": ["y"]}),
    ('a; NAME = "a\\"d;a" ; x="y"', {"name": ['a"d;a'], "x": ["y"]}),
    ("a; name=my file.txt", {"name": ["my file.txt"]}),
    ("a; name=1; name=2; name=1", {"name": ["1", "2"]}),
    ("a; name*=utf-8'de'%C3%BC%40", {"name": ["ü@"]}),
    ("a; name*0*=utf-8''%C3; name*1*=%BCx; name*2=%41", {"name": ["üx%41"]}),
    ("a; name*1=da; name*0=a", {"name": ["ada"]}),
    ("a; name*0=a; name=b", {"name": ["b", "a"]}),
    ("a; name*=ada%40x", {"name": ["ada@x"]}),
    ("a; name==?utf-8?q?a=40b?=", {"name": ["a@b"]}),
    ('a; name="=?utf-8?b?YUBi?="', {"name": ["a@b"]}),
    ('a; name="never closed', {"name": ["never closed"]}),
    ("a; *=x; **=y; a*b=c", {"*": ["x"], "**": ["y"], "a*b": ["c"]}),
    ("", {}),
]


@pytest.mark.parametrize(("raw", "text"), WORDS)
def test_encoded_words_are_decoded(raw, text):
    """Also broken ones, as lenient readers decode them."""
    assert decoded_field(raw) == text


@pytest.mark.parametrize(("raw", "found"), PARAMETERS)
def test_parameters_are_found(raw, found):
    """In every form that RFC 2045, RFC 2231 and mail programs know."""
    assert {name: values for name, values in parameters(raw).items() if values} == found


def test_extended_parameters_are_part_of_the_decoded_field():
    """So that whoever looks at the field sees the file name."""
    raw = "attachment; filename*0*=utf-8''ada%40; filename*1=example.org; b=c"

    assert decoded_field(raw) == f"{raw}; filename=ada@example.org"
    assert decoded_field("5 * 4; b=c") == "5 * 4; b=c"


def test_fields_are_unfolded():
    """Names as written, values without the line breaks in them."""
    headers = read_headers(b"To: a@b\r\n c\r\n\td\r\nX-A :e\nBCC:f\r\ra: \xfc\xc3")

    assert headers.fields == (
        Field("To", "a@b c\td"),
        Field("X-A", "e"),
        Field("BCC", "f"),
        Field("a", "üÃ"),
    )
    assert headers.get("bcc") == "f"
    assert headers.get("cc", "none") == "none"
    assert not headers.damaged


def test_a_line_that_is_no_field_is_kept():
    """It has no name; some readers end the headers there."""
    headers = read_headers(b" b\r\nno field\r\nTo: c\r\nan odd name: d")

    names = ["", "", "To", "an odd name"]
    assert [field.name for field in headers.fields] == names
    assert headers.fields[1].text == "no field"
    assert headers.damaged


def test_the_line_of_a_mailbox_is_no_damage_to_the_other_fields():
    """Programs keep "From ada ..." from the box that the mail was in."""
    headers = read_headers(b"From a@b Tue Nov 24\r\nTo: c")

    assert [field.text for field in headers.fields] == ["From a@b Tue Nov 24", "c"]


def test_too_many_fields_are_said_to_be_so():
    """What follows stands in the source."""
    headers = read_headers(b"A: b\r\n" * (MOST_FIELDS + 5))

    assert len(headers.fields) == MOST_FIELDS
    assert headers.more
    assert headers.damaged


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=60))
def test_what_other_programs_encode_comes_back(text):
    """Python's own encoder is the other side; readers drop blanks at the ends."""
    text = " ".join(text.split())
    for charset in ("utf-8", "utf-16"):
        encoded = base64.b64encode(text.encode(charset)).decode()
        assert decoded_field(f"=?{charset}?B?{encoded}?=") == text
    if "=?" not in text:
        assert decoded_field(Header(text, "utf-8").encode()) == text


@given(st.text("ab c;='%*@äß😀", min_size=1, max_size=60).map(str.strip).filter(bool))
def test_file_names_that_other_programs_encode_come_back(name):
    """In pieces and percent-encoded, as Python's own writer does it."""
    message = EmailMessage()
    message["Content-Disposition"] = "attachment"
    message.set_param("filename", name, header="Content-Disposition", charset="utf-8")
    block = message.as_bytes().partition(b"\n\n")[0]

    field = read_headers(block).get("content-disposition")

    assert parameters(field)["filename"][-1] == name


PIECES = st.sampled_from(
    b"=?utf-8? q? b? ?= = *0* * a ; \" \\ \r \n : \0 \xff ' % %41 _ name".split(b" ")
) | st.just(b" ")


@given(st.lists(PIECES).map(b"".join))
def test_no_header_is_too_broken(block):
    """It never raises, and what it gives can be encoded."""
    for field in read_headers(block).fields:
        decoded_field(field.text).encode()
        parameters(field.text)


@pytest.mark.parametrize(
    "bit",
    [
        "=?",
        "=?a?q?",
        "=?a?q?x",
        "=?a?b?YQ==?= ",
        ";a=b",
        ';a="',
        '"',
        "\\",
        "a ",
        "a;",
        ";a*0=b",
        " ",
        ";a*1*=%41",
        "*",
        "a*b=c;",
        "''",
        "=?a?q?=40?= ",
        "?=",
    ],
)
def test_time_is_linear(bit):
    """In the length of a field, whatever stands there."""
    assert is_linear(lambda text: decoded_field(f"x* ; {text}"), bit)
    assert is_linear(lambda text: read_headers(text.encode()), bit)
