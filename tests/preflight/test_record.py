"""Records as a zone file has them."""

from __future__ import annotations

import dns.zonefile
import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.preflight import Finding, Grade
from safesend.preflight.record import Record, advice, aliased, is_name, txt
from servers.dns import Zone

from .zones import lines, published


@pytest.mark.parametrize(
    ("record", "line"),
    [
        (Record("a.test", "MX", "10 b.test."), "a.test. IN MX 10 b.test."),
        (txt("a.test.", "v=spf1 mx ~all"), 'a.test. IN TXT "v=spf1 mx ~all"'),
        (txt("a.test", ""), 'a.test. IN TXT ""'),
        (txt("a.test", 'a"b\\c\n'), r'a.test. IN TXT "a\"b\\c\010"'),
        (txt("a.test", "é"), r'a.test. IN TXT "\195\169"'),
        (txt("a.test", "x" * 256), f'a.test. IN TXT "{"x" * 255}" "x"'),
    ],
)
def test_a_record_is_a_line(record, line):
    """
    In parts of at most 255 octets, with nothing in them that a reader takes otherwise.
    """
    assert str(record) == line


@given(st.text(max_size=900))
def test_what_is_written_is_read_again(text):
    """
    By a reader of zone files that is not ours.
    """
    line = str(txt("a.test", text))
    [rrset] = dns.zonefile.read_rrsets(line, rdclass=None, default_ttl=300)
    [record] = rrset
    assert b"".join(record.strings) == text.encode()
    assert all(len(part) <= 255 for part in record.strings)


def found(*records, words=()):
    return Finding(
        check="P1",
        what="SPF",
        grade=Grade.FAIL,
        reason="so",
        publish=advice(records, *words),
    )


def test_what_is_published_takes_the_place_of_its_like():
    """
    Other texts and kinds stay; a name with an underscore has one record.
    """
    zones = {
        "a.test": Zone(txt=("v=spf1 +all", "hello", "V=SPF1"), a=("192.0.2.1",)),
        "_dmarc.a.test": Zone(cname="b.test"),
        "_tls.a.test": Zone(txt=("one", "two")),
    }
    finding = found(
        txt("a.test", "v=spf1 " + "include:x.test " * 30 + "PLACE"),
        txt("_dmarc.a.test", "v=DMARC1; p=none"),
        txt("_tls.a.test", "three"),
        Record("a.test", "MX", "10 b.test."),
        words=["These are words."],
    )
    after = published(zones, finding, {"PLACE": "~all"})
    assert after["a.test"].txt[0] == "hello"
    assert after["a.test"].txt[1].replace('" "', "").endswith(" ~all")
    assert after["a.test"].a == ("192.0.2.1",)
    assert after["a.test"].mx == ((10, "b.test"),)
    assert after["_dmarc.a.test"] == Zone(txt=("v=DMARC1; p=none",))
    assert after["_tls.a.test"].txt == ("three",)
    assert len(lines(finding)) == 4


def test_nothing_stands_beside_an_alias():
    """
    Who publishes must end it, or ask those whose name it is.
    """
    assert aliased("a.test", "a.test") == aliased("a.test", "") == []
    assert aliased("a.test", "b.test") == [
        "a.test is another name of b.test: end that, or have it published there."
    ]


@pytest.mark.parametrize(
    ("text", "good"),
    [("a.test", True), ("a", True), ("a..b", False), ("", False), ("x" * 64, False)],
)
def test_names_that_dns_can_have(text, good):
    """
    Labels have 1 to 63 octets.
    """
    assert is_name(text) is good
