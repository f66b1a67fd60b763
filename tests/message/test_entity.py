"""Tests of the tree of a body."""

from __future__ import annotations

import pytest

from safesend.message.entity import alternative, opened, text_entity
from safesend.message.layout import FIRST
from safesend.message.places import find_places
from safesend.message.template import Template

NAME, NAME_AS_HTML = FIRST, FIRST + 1


def ink(text):
    template = Template("x", text=text)
    return list(text_entity(template.parts["text"], find_places(template)).ink)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Hi {{ a }}!", [b"Hi=20", b"=\r\n", NAME, b"=\r\n", b"!"]),
        ("{{ a }}", [NAME]),
        ("{{ a }}{{ a }}", [NAME, b"=\r\n", NAME]),
        ("Hi\n{{ a }}\nbye", [b"Hi\r\n", NAME, b"\r\nbye"]),
        ("{{ a }}.", [NAME, b"=\r\n", b"=2E"]),
        ("plain", [b"plain"]),
        ("{% if a %}{% endif %}", [FIRST]),
    ],
)
def test_a_slot_stands_between_soft_breaks(text, written):
    """
    Or between real ones, so that a value never re-wraps constant text.
    """
    assert ink(text) == [*written, b"\r\n"]


def test_each_body_takes_its_own_form_of_a_value():
    """
    As text and as html.
    """
    template = Template("x", text="{{ a }}", html="{{ a }}")
    places = find_places(template)

    assert text_entity(template.parts["text"], places).ink[0] == NAME
    assert text_entity(template.parts["html"], places).ink[0] == NAME_AS_HTML


def test_multiparts():
    """
    One alternative stays alone; two are framed; a related names its root's type.
    """
    template = Template("x", text="a", html="b")
    places = find_places(template)
    text, html = (text_entity(template.parts[n], places) for n in ("text", "html"))
    both = alternative([text, html], b"=_a")
    related = opened("related", both, b"=_r")

    assert alternative([text], b"=_a") is text
    assert (text.kind, html.kind) == ("text/plain", "text/html")
    assert both.kind == "multipart/alternative"
    assert b"".join(both.written()).endswith(b"b\r\n--=_a--\r\n")
    assert b'type="multipart/alternative"' in b"".join(related.written())
    assert b"".join(related.ink).startswith(b"--=_r\r\nContent-Type: multipart/alt")
