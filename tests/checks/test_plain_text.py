import base64
import binascii
import gzip
import quopri

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.linear import is_linear
from safesend.checks.piece import Kind, Note, NoteKind, Piece
from safesend.checks.plain_text import nothing, read_text, rejoined
from safesend.checks.spot import Spot

LONG = "This text is long, longer than one line of base64 can be: ada@example.org."


def read(text, **options):
    return list(read_text(text, **options))


def texts(found):
    return [one.text for one in found if isinstance(one, Piece)]


def reader(seen):
    """A reader of files that keeps what it was given."""

    def read_file(name, content):
        seen.append((name, content))
        yield Piece(text="something", place="cell A1")

    return read_file


def uuencoded(content, name="a.csv", end="`\nend\n"):
    return f"begin 644 {name}\n{binascii.b2a_uu(content).decode()}{end}"


def test_each_line_is_a_piece():
    """With its number; lines without a word are none, whatever the line ends."""
    found = read("one\r\n\r\n > two \rthree\n \n")

    assert texts(found) == ["one", " > two ", "three"]
    assert [piece.where() for piece in found] == [
        "text, line 1",
        "text, line 3",
        "text, line 4",
    ]
    assert {piece.kind for piece in found} == {Kind.TEXT}


def test_a_text_may_be_part_of_something():
    """Then it has the unit and the place of that."""
    piece = read("one", unit="attachment 'a'", place="mail inside", hidden=True)[0]

    assert piece.where() == "attachment 'a', mail inside, line 1"
    assert piece.hidden


def test_a_very_long_text_is_read_by_the_hundred_lines():
    """So that a file of line breaks costs little."""
    found = read("a@b\n" * 50_000)

    assert len(found) < 1000
    assert "".join(texts(found)).count("a@b") == 50_000


def test_long_lines_are_not_cut():
    """Whatever their length."""
    assert texts(read("x" * 100_000)) == ["x" * 100_000]


@pytest.mark.parametrize(
    ("line", "following", "whole"),
    [
        ("mail ada@", "  example.org now", "mail ada@example.org now"),
        ("mail ada", "@example.org", "mail ada@example.org"),
        ("ada@example.", "org", "ada@example.org"),
        ("ada@ex-", "ample.org", "ada@ex-ample.org"),
        ("ada@example.org", "Call", ""),
        ("Follow", "@handle", "Follow@handle"),
        ("", "@media", ""),
        ("at the end @", "home", ""),
        ("one", "two", ""),
    ],
)
def test_an_address_that_is_broken_over_two_lines(line, following, whole):
    """At its sign, at a dot or a hyphen of its domain; nothing else is put together."""
    assert rejoined(line, following) == whole
    assert (whole in texts(read(f"{line}\n{following}"))) is bool(whole)


def test_blocks_of_base64_are_read():
    """Undeclared, or quoted from a source; a text in them is as good as clear."""
    block = base64.encodebytes(LONG.encode()).decode()
    found = read(f"Hello\n\n{block}\nBye")

    assert (
        Piece(unit="text", place="block of base64", text=LONG, kind=Kind.MARKUP)
        in found
    )
    wide = base64.encodebytes(LONG.encode("utf-16")).decode()
    assert LONG in texts(read(wide))


def test_a_file_in_a_block_of_base64_is_read_as_a_file():
    """If its first octets tell what it is; of others the texts in them are read."""
    seen = []
    packed = gzip.compress(LONG.encode(), mtime=0)
    found = read(base64.encodebytes(packed).decode(), read_file=reader(seen))

    assert seen == [("", packed)]
    assert "text, block of base64, cell A1" in [one.where() for one in found]
    key = b"\x99\x01\x00" * 20 + b"Ada <ada@example.org>" + b"\x00\x01" * 20
    found = read(base64.encodebytes(key).decode(), read_file=reader([]))
    assert any("ada@example.org" in text for text in texts(found))


def test_long_words_are_no_base64():
    """Two of them, one under the other, say nothing else."""
    assert len(read("Hochachtungsvoll\nAda")) == 2
    assert (
        len(read("Hochachtungsvollster\nHochachtungsvollster\nHochachtungsvoll")) == 3
    )


def test_quoted_printable_that_nobody_decoded_is_read():
    """In the source of a mail that somebody pasted; the lines that it changes."""
    text = quopri.encodestring(("ü" * 40 + "ada@example.org\n").encode()).decode()
    found = read(text)

    assert any("ada@example.org" in line for line in texts(found))
    assert "c d" not in texts(read("a = b\nc = \n\nd"))


def test_uuencoded_files_are_read():
    """Each is read as a file of its name, at its place."""
    seen = []
    text = f"See:\n{uuencoded(b'ada')}and\n{uuencoded(b'bob', 'b.txt', '')}"
    found = read(text, read_file=reader(seen))

    assert seen == [("a.csv", b"ada"), ("b.txt", b"bob")]
    names = [one for one in found if one.kind is Kind.NAME]
    assert [one.text for one in names] == ["a.csv", "b.txt"]
    assert names[0].where() == "text, file 'a.csv', file name"
    assert "text, file 'a.csv', cell A1" in [one.where() for one in found]


def test_uuencoded_files_may_be_in_base64():
    """The newer form of the same program."""
    seen = []
    block = base64.encodebytes(LONG.encode()).decode()
    read(f"begin-base64 644 a.txt\n{block}====\n", read_file=reader(seen))

    assert ("a.txt", LONG.encode()) in seen


@pytest.mark.parametrize(
    "text",
    ["begin 100 days of summer\nwith us", "begin 644 a\n\nend\n", "beginning", "begin"],
)
def test_a_text_that_begins_is_no_file(text):
    """It takes the name, and a line of letters as the program writes them."""
    seen = []

    assert texts(read(text, read_file=reader(seen))) == [
        line for line in text.split("\n") if line
    ]
    assert seen == []


@pytest.mark.parametrize(
    "label",
    ["PGP MESSAGE", "PGP MESSAGE, PART 1/2", "PKCS7", "AGE ENCRYPTED FILE", "CMS"],
)
def test_what_is_encrypted_is_a_note(label):
    """Nobody knows what is in it."""
    found = read(f"Hello\n-----BEGIN {label}-----\n\nabc=\n-----END {label}-----\n")

    notes = [one for one in found if isinstance(one, Note)]
    assert notes == [
        Note(unit="text", kind=NoteKind.UNREADABLE, what="it is encrypted")
    ]


def test_keys_in_armour_are_read_as_files():
    """A public key names its owner."""
    seen = []
    label = "PGP PUBLIC KEY BLOCK-----"
    key = f"-----BEGIN {label}\n\nabc=\n-----END {label}"
    list(read_text(f"Hello\n{key}\nBye", read_file=reader(seen)))

    assert [name for name, _ in seen] == ["key.asc"]
    assert seen[0][1].startswith(key.encode())


def test_files_that_no_program_sends_any_more_are_a_note():
    """The octets of yEnc do not survive as text."""
    found = read("=ybegin line=128 size=3 name=a\nabc\n=yend size=3")

    assert [one.kind for one in found if isinstance(one, Note)] == [NoteKind.UNREADABLE]


def test_signatures_are_text():
    """A signed letter can be read by everybody."""
    found = read(
        "-----BEGIN PGP SIGNED MESSAGE-----\n\nHi\n-----BEGIN PGP SIGNATURE-----\nabc="
    )

    assert not [one for one in found if isinstance(one, Note)]


def test_whoever_reads_files_elsewhere_reads_none():
    """The reader that finds nothing."""
    assert not list(nothing("a", b"b"))
    assert Spot("text") == Spot("text")


PIECES = st.sampled_from(
    [
        "begin 644 a\n",
        "end\n",
        "====\n",
        "-----BEGIN PGP PUBLIC KEY BLOCK-----\n",
        "-----BEGIN CMS-----",
        "=ybegin line=1",
        "=\n",
        "=40",
        "@",
        "a",
        "a" * 20 + "\n",
        "\n",
        "#0V%T\n",
        "M",
        " ",
        "`",
        "�",
        "é",
        "begin-base64 644 a\n",
        ".",
    ]
)


@given(st.text(max_size=50) | st.lists(PIECES).map("".join))
def test_no_text_is_too_broken(text):
    """It never raises, and each line with a word is among its pieces."""
    lines = {line for line in texts(read(text)) if line}

    normal = text.replace("\r\n", "\n").replace("\r", "\n")
    assert {line for line in normal.split("\n") if line.strip()} <= lines


@pytest.mark.parametrize(
    "bit",
    [
        "a@\n",
        "a@b.\n",
        "=\n",
        "= ",
        "A" * 76 + "\n",
        "A" * 1000 + "!\n",
        "\n",
        "@",
        "begin 644 x\nAAAA\n",
        "begin 644 x\n",
        "x\n",
        "\r",
        "=ybegin ",
        "A" * 16 + "\n",
        "-----BEGIN PGP PUBLIC KEY BLOCK-----\n",
        "-----BEGIN PGP MESSAGE-----\n",
    ],
)
def test_time_is_linear(bit):
    """In the length of a text, whatever stands there."""
    assert is_linear(read, bit)
