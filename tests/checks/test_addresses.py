import base64
import codecs
import html
import itertools
import random
import time
import timeit
from urllib.parse import quote

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from safesend.checks.addresses import domain_of, guessed, keys_of, masked, mentions
from safesend.checks.mention import Mention
from safesend.message.address import Address
from safesend.testing.strategies import addresses

ADA = "ada@example.org"

# A text, and what a reader takes it for.
READ = [
    (ADA, ADA),
    ("ADA@Example.ORG", ADA),
    ("<ada@example.org>", ADA),
    ("mailto:ada@example.org?subject=x", ADA),
    ("'ada@example.org'", ADA),
    ("write to ada@example.org.", ADA),
    ("ada@example.org.Please write", ADA),
    ("ada@example.orgTel. 030", ADA),
    ("ada@example.org-Team", ADA),
    ("ada@example.org_2024.csv", ADA),
    ("ada@example.org.csv", ADA),
    ("https://x.example/?email=ada@example.org&x=1", ADA),
    ("a/b/ada@example.org", ADA),
    ("%3Dada@example.org", ADA),
    ("%2520ada@example.org", ADA),
    ("=3Dada@example.org", ADA),
    ("...ada@example.org", ADA),
    ("_ada@example.org_", ADA),
    ("--ada@example.org--", ADA),
    ("\\nada@example.org\\n", ADA),
    ("\\u003cada@example.org\\u003e", ADA),
    ("DOMAIN\\ada@example.org", ADA),
    ('"ada"@example.org', ADA),
    ('"a\\da"@example.org', ADA),
    ('"a da"@example.org', '"a da"@example.org'),
    ("o'brien@example.org", "o'brien@example.org"),
    ("maria-lopez@example.org", "maria-lopez@example.org"),
    ("ada@mail.example.org", "ada@mail.example.org"),
    ("ada@example.co.uk", "ada@example.co.uk"),
    ("root@localhost", "root@localhost"),
    ("git@github.com:org/repo.git", "git@github.com"),
    ("ada+news@example.org", "ada+news@example.org"),
    ("b+ada=example.org@lists.example", "b+ada=example.org@lists.example"),
    ("\u8054\u7cfbada@example.org\u8c22\u8c22", ADA),
    ("\U0001f389ada@example.org\U0001f389", ADA),
    ("\u00abada@example.org\u00bb", ADA),
    ("a\u200bda@exam\u00adple.org", ADA),
    (
        "a\x00d\x00a\x00@\x00e\x00x\x00a\x00m\x00p\x00l\x00e\x00.\x00o\x00r\x00g\x00",
        ADA,
    ),
    ("ada\uff20example\u3002org", ADA),
    ("\uff41\uff44\uff41@\uff45xample.org", ADA),
    ("\U0001d41a\U0001d41d\U0001d41a@example.org", ADA),
    ("ada @ example.org", ADA),
    ("ada@ example.org", ADA),
    ("ada@\nexample.org", ADA),
    ("ada (at work)@example.org", ADA),
    ("<b>ada</b>@example.org", ADA),
    ("j\u00f6rg@example.org", "j\u00f6rg@example.org"),
    ("J\u00d6RG@example.org", "j\u00f6rg@example.org"),
    ("jo\u0308rg@example.org", "j\u00f6rg@example.org"),
    ("ada@b\u00fccher.example", "ada@xn--bcher-kva.example"),
    ("ada@bu\u0308cher.example", "ada@xn--bcher-kva.example"),
    ("ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"),
    ("\u7528\u6237@\u4f8b\u5b50.example", "\u7528\u6237@xn--fsqu00a.example"),
]

# A text, and somebody of the list whom it also may mean.
ALSO = [
    ("x=ada@example.org", "x=ada@example.org"),
    ("r&d@example.org", "r&d@example.org"),
    ("user%relay@example.org", "user%relay@example.org"),
    ("b+ada=example.org@lists.example", ADA),
    ("bounce-17-ada=example.org@lists.example", ADA),
    ("SRS0=HHH=TT=example.org=ada@forward.example", ADA),
    ("ada_example.org#EXT#@tenant.example.com", ADA),
    ("\u0430da@example.org", ADA),
    ("ada@\u0435\u0445ample.org", ADA),
    ("ada@xn--mple-43d3a6i.org", ADA),
    ("o\u2019brien@example.org", "o'brien@example.org"),
    ("ada@example.orgbob@example.net", ADA),
    ("ada@example.orgbob@example.net", "bob@example.net"),
    ("ada@example.org\u200bbob@example.net", "bob@example.net"),
    ("ada+news@example.org", ADA),
    ("a.d.a+x@googlemail.com", "ada@gmail.com"),
    ("ada@gmail.com", "a.d.a@googlemail.com"),
    ("ada@example.org", "ada+tag@example.org"),
    ("_ada_@example.org", "_ada_@example.org"),
    ("ada@b\u00fccher.example", "ada@xn--bcher-kva.example"),
    ("\u0458\u00f6rg@example.org", "j\u00f6rg@example.org"),
]

NONE = [
    "",
    "nobody",
    "@",
    "@handle",
    "thanks @handle!",
    "@media print{a{b:c.d}}",
    "@import url(a.css)",
    "logo@2x.png",
    "logo@2x.min.png",
    "logo@1.5x.webp 2x",
    "pkg@1.2.3",
    "@scope/pkg@1.2.3",
    "pkg@v1.2.3-beta.one",
    "user@host",
    "ada@example",
    "image001.png@01D9ABCD.12345678",
    "ada@.org",
    "ada@-",
    "a@b.c",
    "5 @ 3.50 EUR",
    "a..@..b",
    "x" * 200 + "@example.org",
    "\u0000\u200b@\u200b",
    "no e-mail: 12 34 56 78 90, 0x40, 100%, a=b, &amp; (at) home AT THE DOT",
]


def found(text: str) -> set[str]:
    return {spelling for mention in mentions(text) for spelling in mention.spellings}


def knows(text: str, address: str) -> bool:
    return not found(text).isdisjoint(keys_of(Address.parse(address)))


@pytest.mark.parametrize(("text", "read"), READ)
def test_a_reader_and_the_first_spelling_agree(text, read):
    """The first spelling of the first mention is what a reader sees."""
    first = next(mentions(text))

    assert first.spellings[0] == read
    assert len(first.spellings) == len(set(first.spellings)) <= 24


@pytest.mark.parametrize(("text", "address"), ALSO)
def test_whoever_may_be_meant_is_found(text, address):
    """Some spelling is a key of the address."""
    assert knows(text, address)


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_address_is_no_mention(text):
    """Pictures, versions, handles and style sheets mention nobody."""
    assert list(mentions(text)) == []


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("maria-lopez@example.org", "lopez@example.org"),
        ("maria.lopez@example.org", "lopez@example.org"),
        ("maria_lopez@example.org", "lopez@example.org"),
        ("j\u00f6rg@example.org", "rg@example.org"),
        ("j\u00f6rg@example.org", "jorg@example.org"),
        ("ada@b\u00fccher.example", "ada@bucher.example"),
        ("ada@example.community", "ada@example.com"),
        ("a.d.a@example.org", "ada@example.org"),
        ("ada1@example.org", "adal@example.org"),
    ],
)
def test_a_part_of_a_name_is_not_somebody_else(text, other):
    """Who merely has a similar address is not meant."""
    assert not knows(text, other)


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("Ada@Example.org", (ADA,)),
        ("ada@gmail.com", ("ada@gmail.com",)),
        ("a.da@gmail.com", ("a.da@gmail.com", "ada@gmail.com")),
        ("ada@googlemail.com", ("ada@googlemail.com", "ada@gmail.com")),
        (
            "a.d+x@gmail.com",
            ("a.d+x@gmail.com", "a.d@gmail.com", "ad@gmail.com"),
        ),
        ("+ada@example.org", ("+ada@example.org",)),
        ("ada+x+y@example.org", ("ada+x+y@example.org", ADA)),
        ('"a+b c"@example.org', ('"a+b c"@example.org',)),
        ("\u0430da@example.org", ("\u0430da@example.org", ADA)),
        (
            "j\u00f6rg@b\u00fccher.example",
            ("j\u00f6rg@xn--bcher-kva.example", "j\u00f6rg@b\u00fccher.example"),
        ),
        (
            "ada@b\u00fccher.example",
            ("ada@xn--bcher-kva.example", "ada@b\u00fccher.example"),
        ),
    ],
)
def test_an_address_has_these_keys(text, keys):
    """The full one first; more for tags, Gmail and letters that are not ASCII."""
    assert keys_of(Address.parse(text)) == keys


@pytest.mark.parametrize(
    ("text", "disguise"),
    [
        (ADA, ""),
        ("j\u00f6rg@example.org", ""),
        ("stra\u00dfe@example.org", ""),
        ("a\u200bda@example.org", "with invisible characters"),
        ("\u0430da@example.org", "with look-alike letters"),
        ("\uff41da@example.org", "in full-width or styled letters"),
        ("ada @ example.org", "written apart"),
        ("ada%40example.org", "percent-encoded"),
        ("YWRhJTQwZXhhbXBsZS5vcmc=", "percent-encoded, in base64"),
    ],
)
def test_a_mention_says_how_it_was_disguised(text, disguise):
    """In a clause for a person; nothing when it stands as it is."""
    assert next(mentions(text)).disguise == disguise


def test_a_guess_is_told_from_a_mention():
    """What ordinary text may look like by accident is a guess."""
    assert guessed(next(mentions("us @example.org")))
    assert guessed(Mention((ADA,), 0, "spelt out, in base64"))
    assert not guessed(next(mentions(ADA)))
    assert not guessed(Mention((ADA,), 0, "in base64"))


@pytest.mark.parametrize(
    "text",
    [
        f"a cell\tanother\tyet one {ADA}\tlast",
        "a cell\tan\u200bother\tyet one ada@exam\u200bple.org\tlast",
        "a cell\tanother\tyet one ada%40example.org\tlast",
        "a %41 cell\tanother%20\tyet one ada%40example.org\tlast%20",
        "a cell\tanother\t\u200bone YWRhQGV4YW1wbGUub3Jn\tlast",
        "a cell\tanother\tada [at] example.org\tlast",
        "a cell\tanother\tgro.elpmaxe@ada\tlast",
        "a cell\tanother\t616461406578616d706c652e6f7267\tlast",
    ],
)
def test_the_offset_lies_in_the_cell_that_holds_the_address(text):
    """Cells of a row stand between tabs."""
    [offset] = [each.offset for each in mentions(text) if ADA in each.spellings]

    assert text.count("\t", 0, offset) == 2


def test_an_address_that_is_read_already_is_not_given_again():
    """Undoing an escape beside it shows nothing new."""
    assert len(list(mentions("https://x.example/?a=%20&b=ada@example.org&c=%41"))) == 1


def test_a_spelling_is_shown_masked():
    """The first character and the domain."""
    assert masked("ada@example.org") == "a\u2026@example.org"
    assert masked('"a@b"@example.org') == '"\u2026@example.org'
    assert domain_of('"a@b"@example.org') == "example.org"


# A bar and a slash are legal in a local part: those are above, beside ordinary ones.
DELIMITERS = st.text(
    ' \t\r\n<>,;:()[]"\u3000\u00a0\u200b\u201c\u201d\u2026', max_size=5
)


@given(addresses(), DELIMITERS, DELIMITERS)
@example("'@0.test", "", "")
@example("a=b.de@0.test", "", "")
@example("+a@0.test", "", "")
def test_every_address_is_found_between_delimiters(address, before, after):
    """Whatever its local part is made of."""
    assert knows(f"{before}{address}{after}", address)


def _bytewise(text: str, form: str) -> str:
    """Each octet of UTF-8 that is no ASCII letter or digit, in this form."""
    return "".join(
        chr(octet) if chr(octet).isalnum() and octet < 128 else form.format(octet)
        for octet in text.encode()
    )


def _charwise(text: str, form: str) -> str:
    return "".join(
        sign if sign.isalnum() and sign.isascii() else form.format(ord(sign))
        for sign in text
    )


def _json(text: str) -> str:
    units = text.encode("utf-16be")
    return "".join(
        f"\\u{units[at]:02x}{units[at + 1]:02X}" for at in range(0, len(units), 2)
    )


def _b64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


def _soft(text: str) -> str:
    units = ["=3D" if sign == "=" else sign for sign in text]
    lines = ("".join(units[at : at + 7]) for at in range(0, len(units), 7))
    return "=\r\n".join(lines)


DISGUISES = {
    "percent": lambda text: quote(text, safe=""),
    "percent all": lambda text: "".join(f"%{octet:02X}" for octet in text.encode()),
    "percent twice": lambda text: quote(quote(text, safe=""), safe=""),
    "references": lambda text: "".join(f"&#{ord(sign)};" for sign in text),
    "hex references": lambda text: _charwise(text, "&#x{:x};"),
    "escaped references": lambda text: html.escape(_charwise(text, "&#{};")),
    "base64": lambda text: _b64(text.encode()),
    "base64url": lambda text: quote(_b64(text.encode()), safe="").replace("%3D", ""),
    "base64 inside": lambda text: _b64(f"id=7 {text} x".encode()),
    "base64 utf-16": lambda text: _b64(text.encode("utf-16le")),
    "wrapped base64": lambda text: base64.encodebytes(
        b"some words before " * 4 + text.encode()
    ).decode(),
    "hex": lambda text: text.encode().hex(),
    "hex apart": lambda text: text.encode().hex(" "),
    "quoted-printable": lambda text: _bytewise(text, "={:02X}"),
    "soft breaks": _soft,
    "encoded word": lambda text: f"=?utf-8?B?{_b64(text.encode())}?=",
    "q word": lambda text: f"=?utf-8?q?{_bytewise(text, '={:02X}')}?=",
    "json": _json,
    "javascript": lambda text: _bytewise(text, "\\x{:02x}"),
    "octal": lambda text: _bytewise(text, "\\{:03o}"),
    "css": lambda text: _charwise(text, "\\{:x} "),
    "invisible": "\u200b".join,
    "styled": lambda text: text.translate(
        {code: code - 0x61 + 0x1D41A for code in range(0x61, 0x7B)}
    ),
    "full-width": lambda text: text.translate(
        {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
    ),
    "look-alike": lambda text: text.translate(
        str.maketrans("aceopxy", "\u0430\u0441\u0435\u043e\u0440\u0445\u0443")
    ),
}
LAST = {"look-alike", "styled", "full-width", "invisible"}
"""Only an address can wear these: no program reads an encoded text in them."""
UNUSUAL = {
    *itertools.product(("base64 utf-16", "hex", "hex apart"), LAST),
    ("soft breaks", "soft breaks"),
    ("soft breaks", "wrapped base64"),
}
"""Pairs that are not in the closed list."""


@pytest.mark.parametrize("name", DISGUISES)
@given(address=addresses(), before=DELIMITERS, after=DELIMITERS)
@example(address="a@0.test", before="", after="")
def test_every_address_is_found_in_every_disguise(name, address, before, after):
    """Whatever its local part is made of, and whatever delimits it."""
    assert knows(f"{before}{DISGUISES[name](address)}{after}", address)


@pytest.mark.parametrize("outer", sorted(set(DISGUISES) - LAST))
@given(address=addresses(), inner=st.sampled_from(sorted(DISGUISES)))
def test_every_address_is_found_in_a_disguise_in_a_disguise(outer, address, inner):
    """Two of them, one inside the other."""
    assume((outer, inner) not in UNUSUAL)
    # A slash is a digit of base64 as well: where it stands in a local part, which is
    # rare, a text may be cut in the wrong place.
    assume("/" not in address)
    assert knows(DISGUISES[outer](DISGUISES[inner](address)), address)


@pytest.mark.parametrize(
    "text",
    [
        "ada [at] example [dot] org",
        "ada(at)example.org",
        "ada {at} example {dot} org",
        "ADA AT EXAMPLE DOT ORG",
        "ada-at-example.org",
        "ada_at_example.org",
        "ada@example[.]org",
        "ada@example dot org",
        "ada+AEA-example.org",
        "ada%u0040example.org",
        "ada&commat;example&period;org",
        "ada&#64example.org",
        "ada@example\\.org",
        "gro.elpmaxe@ada",
        codecs.encode(ADA, "rot13"),
    ],
)
def test_rewritten_addresses_are_found(text):
    """As people and programs rewrite them."""
    assert knows(f"write to {text} today", ADA)


@given(st.text("abcdefghij .,;:!?'\"()\n\t", max_size=200))
def test_a_text_without_a_trigger_mentions_nobody(text):
    """Nor does prose with ordinary punctuation."""
    assert list(mentions(text.replace("(a)", ""))) == []


@given(
    st.text() | st.text("@%&#;=?\\xu0416aA+-.[()]\u200b\ud800\uff20\u0301", max_size=60)
)
def test_no_text_raises(text):
    """Each first spelling looks like an address, whatever the text is."""
    for mention in mentions(text):
        local, _, domain = mention.spellings[0].rpartition("@")
        assert local
        assert "." in domain or domain == "localhost"
        assert 0 <= mention.offset <= len(text)
        assert len(mention.spellings) <= 24


HOSTILE = (
    "@", "a@", "a.b@", "a", "a@a", "@a.b", "a@b.cc ", "=", "=40", "%40", "%", "%41 ",
    "&#64;", "&#", "&amp;", "\\u0040", "\\", "\\4", "+AEA-", "+A", "YWRh", "YWFhYWFh ",
    "616461", "61 ", "(at)", "a(at)b.cc ", " AT ", "-at-a", "\u200b", "a\u200b",
    "a\u0301\u0316", "\u00e4@\u00e4.\u00e4 ", '"@a.b', "> @a.b", "a)@b.cc", "=?",
    "=?utf-8?q?a=40?= ", "x=\n", "a=b.cc@", "#EXT#@", "srs0=", "a_", "@a.", "@a[.]b",
    "YWRhQGV4YW1wbGUub3Jn\n", "a@b.cc,\t", "%2525", "\x00", "<a", "aaaaaaa ",
)  # fmt: skip


def seconds(text: str) -> float:
    return min(
        timeit.repeat(
            lambda: sum(1 for _ in mentions(text)),
            number=1,
            repeat=2,
            timer=time.process_time,
        )
    )


@pytest.mark.parametrize("bit", HOSTILE)
def test_the_time_is_linear_in_the_text(bit):
    """Eight times the text takes about eight times as long, not sixty-four times."""
    count = 2_400 // len(bit)
    short, long = seconds(bit * count), seconds(bit * 8 * count)

    assert long < 30 * max(short, 0.002)


def test_a_mixture_of_everything_takes_linear_time():
    """Disguises inside of disguises do not multiply."""
    chance = random.Random(7)
    text = "".join(chance.choices(HOSTILE, k=2_000))

    assert seconds(text * 8) < 30 * max(seconds(text), 0.002)
