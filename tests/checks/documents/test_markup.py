"""Tests of XML of any vocabulary."""

from __future__ import annotations

import pytest

from checks.documents.reads import ADA, clauses, pieces, places, seen, texts
from safesend.checks.piece import Kind

HEAD = '<?xml version="1.0"?>\n'


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ("<a><b>ada@example.org</b></a>", "element b, line 2"),
        ("<a>\n<b c='ada@example.org'/></a>", "attribute c of b, line 3"),
        ("<a><!-- ada@example.org --></a>", "comment, line 2"),
        ("<a><?do ada@example.org?></a>", "instruction, line 2"),
        ("<a><![CDATA[ada@example.org]]></a>", "element a, line 2"),
        ("<a>ada&#64;example.org</a>", "element a, line 2"),
        ("<a>ada@example.org<b/></a>", "line 2"),
        ("<!DOCTYPE a SYSTEM 'ada@example.org'><a/>", "document type, line 2"),
        ("<!DOCTYPE a [<!ENTITY e 'ada@example.org'>]><a/>", "entity e, line 2"),
        ("<a>unclosed ada@example.org", "line 2"),
    ],
)
def test_everything_in_the_source_has_a_place(source, place):
    """Texts, attributes, comments, instructions, declarations; else lines."""
    assert place in places("a.xml", (HEAD + source).encode())


@pytest.mark.parametrize("charset", ["utf-8-sig", "utf-16", "iso-8859-1", "cp1252"])
def test_the_charset_is_the_declared_one(charset):
    """Expat knows some, Python the rest."""
    name = charset.removesuffix("-sig")
    source = f'<?xml version="1.0" encoding="{name}"?><a>Grüße an ada@example.org</a>'
    assert "Grüße an ada@example.org" in texts("a.xml", source.encode(charset))


def test_texts_that_stand_against_each_other_are_joined():
    """A drawing program puts each letter into an element."""
    source = HEAD + "<svg><text><t>ada</t><t>@exam</t><t>ple.org</t></text></svg>"
    assert ADA in seen("a.svg", source.encode())
    apart = HEAD + "<r><a>x</a>\n<a>y </a><a>z</a><a> w</a></r>"
    assert not any(
        one.strip() == "xy" or "yz" in one for one in texts("a", apart.encode())
    )


def test_addresses_that_stand_against_each_other_are_not_joined():
    """A file without line breaks."""
    source = HEAD + "<r>" + "<a>ada@example.org</a><a>eve@example.org</a>" * 2 + "</r>"
    assert seen("a.xml", source.encode()) >= {ADA, "eve@example.org"}
    assert not any("orgeve" in one for one in texts("a.xml", source.encode()))


_MANY = "".join(f"<!ENTITY a{number} 'b'>" for number in range(101))


@pytest.mark.parametrize(
    ("declared", "reason"),
    [
        ("<!ENTITY a 'b'><!ENTITY c '&a;&a;'>", "it swells without measure when read"),
        (f"<!ENTITY a '{'b' * 300}'>", "it swells without measure when read"),
        (_MANY, "it swells without measure when read"),
        ("<!ENTITY a SYSTEM 'file:///etc/passwd'>", "it refers to other files"),
        ("<!ENTITY % a SYSTEM 'http://x.example/'>", "it refers to other files"),
    ],
)
def test_entities_that_are_dangerous_are_refused(declared, reason):
    """What swells, and what would be fetched; the source is searched as text."""
    source = f"{HEAD}<!DOCTYPE x [{declared}]><x>\nada@example.org</x>".encode()
    assert clauses("a.xml", source) == [("unreadable", reason)]
    assert ADA in seen("a.xml", source)


def test_the_entities_of_drawing_programs_are_harmless():
    """Short names of namespaces."""
    source = (
        HEAD + '<!DOCTYPE svg [<!ENTITY ns "http://ns.adobe.com/">]>'
        '<svg xmlns:x="&ns;"><text>ada@example.org</text></svg>'
    )
    assert clauses("a.svg", source.encode()) == []
    assert "element text, line 2" in places("a.svg", source.encode())


def test_long_tokens_and_deep_nesting_are_read():
    """Nothing recurses, and what is longer than a block is one piece."""
    long = "x " * 200_000 + ADA
    source = f'{HEAD}<a b="{long}"></a>'
    assert long in texts("a.xml", source.encode())
    deep = HEAD + "<a>" * 20_000 + ADA + "</a>" * 20_000
    assert ADA in seen("a.xml", deep.encode())


def test_what_is_not_shown_is_markup():
    """Attributes and comments are for programs."""
    source = HEAD + "<a b='c'><!-- d -->e</a>"
    kinds = [one.kind for one in pieces("a.xml", source.encode())]
    assert kinds == [Kind.MARKUP, Kind.MARKUP, Kind.TEXT]
