"""XML from strangers: hardened, streamed, and nothing left out."""

from __future__ import annotations

import contextlib
import tracemalloc
from collections import deque
from collections.abc import Iterator
from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.linear import seconds
from safesend.checks.documents.budget import Unreadable
from safesend.checks.documents.xml import (
    attributes,
    blocks,
    lines,
    local,
    prose,
    root_name,
)


def _blocks(xml: bytes, *names: str) -> list[tuple[str, str]]:
    return [(b.name, lines(b.element)) for b in blocks([xml], names)]


def test_blocks_come_in_the_order_of_their_ends() -> None:
    """Inner ones first, the root last, and what was handed out is gone from it."""
    xml = b"<r>a<p>b<p>c</p></p>d<q>e</q></r>"
    assert _blocks(xml, "p") == [("p", "c"), ("p", "b"), ("r", "a\nd\ne")]


def test_text_after_a_block_stays() -> None:
    """It belongs to what holds the block, in the same chunk or in the next."""
    xml = b"<r><p>x</p>" + b" " * 40_000 + b"after<p>y</p><q/></r>"
    assert _blocks(xml, "p") == [("p", "x"), ("p", "y"), ("r", "after")]


def test_the_path_to_a_block_is_known() -> None:
    """From the root inwards."""
    paths = [
        [local(one.tag) for one in block.inside]
        for block in blocks([b"<a><b><p/></b></a>"], {"p"})
    ]
    assert paths == [["a", "b"], []]


def test_a_second_word_can_refuse_a_block() -> None:
    """Then it stays in what holds it."""
    xml = b"<r><q><p>x</p></q><p>y</p></r>"
    found = blocks([xml], {"p"}, lambda _, inside: local(inside[-1].tag) == "q")
    assert [lines(block.element) for block in found] == ["x", "y"]


def test_comments_and_instructions_are_read() -> None:
    """They are in the file, and no program shows them."""
    xml = b"<r><!-- eve@example.net --><?to bob@example.net?></r>"
    assert _blocks(xml)[:2] == [
        ("#comment", "eve@example.net"),
        ("#pi", "to bob@example.net"),
    ]


@pytest.mark.parametrize(
    "declaration",
    [
        '<!ENTITY e "x">',
        '<!ENTITY e SYSTEM "file:///etc/passwd">',
        '<!ENTITY % e "x">',
        '<!ENTITY e SYSTEM "x" NDATA gif>',
    ],
)
def test_entities_are_refused(declaration: str) -> None:
    """No office program declares any; they are bombs and thieves."""
    xml = f"<!DOCTYPE r [{declaration}]><r>&e;</r>".encode()
    with pytest.raises(Unreadable, match="entities"):
        _blocks(xml)
    assert root_name(xml) == ""


def test_a_type_without_entities_is_harmless() -> None:
    """Old OpenDocument manifests have one."""
    xml = b'<!DOCTYPE m PUBLIC "-//O//DTD//EN" "M.dtd"><m>x</m>'
    assert _blocks(xml) == [("m", "x")]


@pytest.mark.parametrize(
    "xml",
    [
        b"",
        b"<r>",
        b"<r></q>",
        b"text",
        b"<r>&e;</r>",
        b"<r>\xff</r>",
        b'<?xml version="1.0" encoding="no-such"?><r/>',
        b'<?xml version="1.0" encoding="shift_jis"?><r/>',
        b"<r/><r/>",
        b"<r>\0</r>",
    ],
)
def test_what_is_no_xml_is_damaged(xml: bytes) -> None:
    """Whatever is wrong with it."""
    with pytest.raises(Unreadable, match="damaged"):
        _blocks(xml)


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_charsets_are_understood(charset: str) -> None:
    """As the declaration or the first octets say."""
    said = charset.removesuffix("-sig")
    xml = f'<?xml version="1.0" encoding="{said}"?><r>Zoë</r>'.encode(charset)
    assert _blocks(xml) == [("r", "Zoë")]
    assert root_name(xml) == "r"


def test_depth_is_limited() -> None:
    """Nobody nests a document 256 deep."""
    assert _blocks(b"<a>" * 250 + b"x" + b"</a>" * 250)
    with pytest.raises(Unreadable, match="nested too deeply"):
        _blocks(b"<a>" * 300 + b"</a>" * 300)


def _many(count: int) -> Iterator[bytes]:
    yield b"<r><q>"
    for _ in range(count // 1_000):
        yield b"<p>x</p>" * 1_000
    yield b"</q></r>"


@pytest.mark.parametrize("name", ["p", "other"])
def test_memory_does_not_grow_with_the_number_of_elements(name: str) -> None:
    """Neither for those that are asked for, nor for others."""
    tracemalloc.start()
    count = sum(
        len(list(block.element.iter())) for block in blocks(_many(500_000), {name})
    )
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count >= 500_000
    assert peak < 100_000_000


def test_what_is_handed_out_early_is_complete() -> None:
    """Every text comes out once, however much is held."""
    count = sum(lines(block.element).count("x") for block in blocks(_many(700_000), ()))
    assert count == 700_000


def test_time_is_linear() -> None:
    """Ten times as much takes about ten times as long."""

    def took(count: int) -> float:
        return seconds(lambda: deque(blocks(_many(count), {"p"}), 0), 2)

    took(1_000)
    assert took(200_000) < 40 * max(took(20_000), 0.01)


def test_what_programs_set_is_left_out() -> None:
    """Short numbers, measures, colours, revision marks, schemas."""
    xml = (
        '<r a="12345" b="1.5cm" c="FF00FF" d="#ff0000" e="abc" f="urn:x:y" '
        'rsidR="00A12B34" g="http://schemas.x.org/y" h="123456" i="eve@example.net"/>'
    )
    assert lines(fromstring(xml)) == "123456\neve@example.net"


def test_what_was_said_is_not_said_again() -> None:
    """Of attributes; texts always are. Some are left out on demand."""
    seen: set[str] = set()
    element = fromstring('<r a="value"><t>text</t>tail<u b="value">more</u></r>')
    assert lines(element, seen, {"t"}) == "value\ntail\nmore"
    assert lines(element, seen) == "text\ntail\nmore"
    assert attributes(element, set(), {"a"}) == "value"
    assert attributes(element, set(), {"a", "b"}) == ""


def test_prose_has_no_gaps() -> None:
    """Runs are joined as they stand."""
    assert prose(fromstring("<r>eve@<b>exa</b>mple.net</r>")) == "eve@example.net"


def test_the_root_is_named_from_the_beginning_of_a_file() -> None:
    """The rest need not be there."""
    assert root_name(b'<?xml version="1.0"?><w:r xmlns:w="w"><w:p>') == "r"
    assert root_name(b"PK\3\4") == ""
    assert root_name(b"<!-- late -->") == ""


@given(st.binary(max_size=200))
def test_no_octets_do_more_than_be_unreadable(tail: bytes) -> None:
    """Whatever stands in a file."""
    for xml in (tail, b"<r a='b'>" + tail + b"</r>", b"<!DOCTYPE" + tail):
        root_name(xml)
        with contextlib.suppress(Unreadable):
            list(blocks([xml], {"p"}))
