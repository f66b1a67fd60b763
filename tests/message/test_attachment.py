import hashlib
import os
import pickle
import unicodedata

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.errors import AttachmentError
from safesend.message.attachment import Attachment

INVISIBLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def of(name, **options):
    return Attachment.from_bytes(b"data", name=name, **options)


def refused(match, name, **options):
    with pytest.raises(AttachmentError, match=match) as caught:
        of(name, **options)
    return str(caught.value)


def test_bytes_are_kept_with_their_measure():
    """Size in octets, digest as everybody writes it."""
    file = of("a.txt")

    assert file.load() == b"data"
    assert file.size == 4
    assert file.sha256 == hashlib.sha256(b"data").hexdigest()


def test_a_path_is_read_when_it_is_needed(tmp_path):
    """It may appear after the attachment was made."""
    file = Attachment.from_path(tmp_path / "a.txt")
    (tmp_path / "a.txt").write_bytes(b"late")

    assert (file.name, file.size, file.load()) == ("a.txt", 4, b"late")


def test_the_digest_can_be_asked_for_first(tmp_path):
    """It reads the file."""
    (tmp_path / "a.txt").write_bytes(b"data")

    assert Attachment.from_path(str(tmp_path / "a.txt")).sha256 == of("a.txt").sha256


@pytest.mark.parametrize("content", [b"DATA", b"data and more", b""])
def test_a_file_that_changes_is_refused(tmp_path, content):
    """What was checked is what is sent."""
    place = tmp_path / "a.txt"
    place.write_bytes(b"data")
    file = Attachment.from_path(place)
    file.load()
    place.write_bytes(content)

    with pytest.raises(AttachmentError, match=r"a\.txt changed after"):
        file.load()
    assert file.size == 4


def test_a_missing_file_is_named(tmp_path):
    """At first, and when it goes away later."""
    place = tmp_path / "a.txt"
    file = Attachment.from_path(place)

    with pytest.raises(AttachmentError, match=r"a\.txt is missing"):
        file.load()
    place.write_bytes(b"data")
    file.load()
    place.unlink()
    with pytest.raises(AttachmentError, match=r"a\.txt is missing"):
        file.load()


def test_only_regular_files_are_read(tmp_path):
    """A FIFO would wait for its writer, a device would never end."""
    os.mkfifo(tmp_path / "fifo")

    for place in (tmp_path / "fifo", "/dev/zero", "/dev/null"):
        with pytest.raises(AttachmentError, match="is not a regular file"):
            Attachment.from_path(place).load()


def test_a_folder_is_refused_with_advice(tmp_path):
    """The files in it can be attached."""
    with pytest.raises(AttachmentError, match="is a folder; attach the files"):
        Attachment.from_path(tmp_path, name="a").load()


def test_an_unreadable_path_is_explained(tmp_path):
    """In the words of the system, or ours where it has none."""
    (tmp_path / "a").write_bytes(b"")

    with pytest.raises(AttachmentError, match="cannot be read: Not a directory"):
        Attachment.from_path(tmp_path / "a" / "b").load()
    with pytest.raises(AttachmentError, match="its path is no path"):
        Attachment.from_path("a\0b", name="a").load()


def test_a_link_to_a_file_is_followed(tmp_path):
    """People link the current edition."""
    (tmp_path / "a").write_bytes(b"data")
    (tmp_path / "b").symlink_to("a")

    assert Attachment.from_path(tmp_path / "b").load() == b"data"


def test_an_address_in_a_path_is_masked(tmp_path):
    """Files of people are kept in folders of their names."""
    file = Attachment.from_path(tmp_path / "ada@example.org" / "a.pdf")

    with pytest.raises(AttachmentError) as caught:
        file.load()
    assert "ada@example.org" not in str(caught.value)


@pytest.mark.parametrize(
    "name",
    [
        "a",
        "map.pdf",
        "Grüße 2025.pdf",
        "a,b;c.txt",
        "日本.png",
        "x" * 200,
        "50% off.pdf",
        "logo@2x.png",
        "logo@3x",
        "a @ b.txt",
        "@home.txt",
        ".profile",
    ],
)
def test_ordinary_names_pass(name):
    """As they are."""
    assert of(name).name == name


def test_names_are_put_together():
    """macOS takes letters and their accents apart."""
    assert of("e\u0301.pdf").name == "\u00e9.pdf"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "1 to 200"),
        ("x" * 201, "1 to 200"),
        ("a/b", "no path"),
        ("..\\b", "no path"),
        (".", "no path"),
        ("..", "no path"),
        (" a", "space"),
        ("a\u00a0", "space"),
        ("a.", "dot"),
        ("a\nb", "control"),
        ("a\r\nBcc: b", "control"),
        ("a\x00", "control"),
        ("a\x85b", "control"),
        ("a\u2028b", "control"),
        ("a\u202efdp.exe", "invisible"),
        ("a\u200bb", "invisible"),
        ("\ufeffa", "invisible"),
        ("a\u00adb", "invisible"),
        ("a\ud800", "control"),
    ],
)
def test_names_that_deceive_or_inject_are_refused(name, reason):
    """On both ways in."""
    refused(reason, name)
    with pytest.raises(AttachmentError, match=reason):
        Attachment.from_path("a", name=name)


@pytest.mark.parametrize(
    "name",
    [
        "ada@example.org.pdf",
        "ada@example.org",
        "ada@localhost.txt",
        "ada%40b.example",
        "ada＠example.org.pdf",
        "logo@2x.ada@example.org",
        "a (b@c.example).pdf",
    ],
)
def test_a_name_with_an_address_is_refused(name):
    """It would show one person to another; the message does not."""
    shown = refused("looks like an address", name)

    assert "example" not in shown
    assert "localhost" not in shown


@given(st.text(max_size=210))
def test_a_name_is_safe_or_refused(name):
    """No third way."""
    try:
        made = of(name, content_type="a/b").name
    except AttachmentError:
        return
    assert 0 < len(made) <= 200
    assert not {"/", "\\"} & set(made)
    assert not any(unicodedata.category(character) in INVISIBLE for character in made)


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("a.pdf", "application/pdf"),
        ("a.PDF", "application/pdf"),
        ("a.csv", "text/csv"),
        ("a.txt", "text/plain"),
        ("a.png", "image/png"),
        ("a.webp", "image/webp"),
        ("a.ics", "text/calendar"),
        ("a.zip", "application/zip"),
        ("a.tar.gz", "application/gzip"),
        ("a.txt.xz", "application/octet-stream"),
        ("a.unheard-of", "application/octet-stream"),
        ("noextension", "application/octet-stream"),
        ("http://a.b", None),
        ("data:,a.txt", "text/plain"),
        (".txt", "application/octet-stream"),
        (
            "a.docx",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
    ],
)
def test_the_type_is_guessed_from_the_name(name, content_type):
    """The same on every machine."""
    if content_type is None:
        refused("no path", name)
    else:
        assert of(name).content_type == content_type


@pytest.mark.parametrize(
    "content_type",
    [
        "text",
        "text/",
        "/plain",
        "text/plain; charset=utf-8",
        "text/pl ain",
        "a/b/c",
        "text/plain\r\nBcc: a",
        "téxt/plain",
        "text/plain\n",
    ],
)
def test_a_type_is_two_tokens(content_type):
    """Parameters are added where the letter is made."""
    refused("type/subtype", "a", content_type=content_type)


def test_a_given_type_wins():
    """In small letters."""
    assert of("a.pdf", content_type="Application/X-Own").content_type == (
        "application/x-own"
    )


@pytest.mark.parametrize("name", ["old.eml", "old.EML", "page.mht", "page.mhtml"])
def test_a_mail_is_a_file_like_others(name):
    """It is no part of this mail; what is in it the checks say (L20)."""
    assert of(name).content_type == "application/octet-stream"


@pytest.mark.parametrize(
    "content_type",
    [
        "message/rfc822",
        "Message/Global",
        "multipart/mixed",
        "message/delivery-status",
    ],
)
def test_a_mail_is_no_part_of_this_one(content_type):
    """Its headers would be read like those of the letter."""
    refused("recipients", "a.bin", content_type=content_type)


@pytest.mark.parametrize("cid", ["", "a b", "<a>", "a\r\nb", "é", "a" * 201, "@a"])
def test_a_content_id_needs_no_quoting(cid):
    """It stands in a header and in html."""
    refused("content id", "a.png", cid=cid)


def test_a_content_id_is_kept():
    """Such as a file name, or one with a domain."""
    assert of("a.png", cid="logo.png").cid == "logo.png"
    assert of("a.png", cid="x1@example.org").cid == "x1@example.org"
    assert of("a.png").cid is None


def test_the_checks_hold_for_changed_copies():
    """There is no way around them."""
    with pytest.raises(AttachmentError):
        attrs.evolve(of("a"), name="a\nb")
    with pytest.raises(AttachmentError):
        attrs.evolve(of("a"), content_type="message/rfc822")


def test_it_prints_as_name_type_and_size(tmp_path):
    """Neither content nor path."""
    file = Attachment.from_path(tmp_path / "a.pdf")

    assert repr(file) == "Attachment('a.pdf', application/pdf, not read)"
    (tmp_path / "a.pdf").write_bytes(b"data")
    file.load()
    assert repr(file) == "Attachment('a.pdf', application/pdf, 4 octets)"


def test_attachments_are_values():
    """Equal by what they are, whether read or not; they can be pickled."""
    read, unread = of("a"), of("a")
    read.load()

    assert read == unread != of("b")
    assert hash(read) == hash(unread)
    assert pickle.loads(pickle.dumps(read)) == read


@pytest.mark.parametrize(
    "name", ["=?utf-8?q?ada=40x.org?=.pdf", "ada&#64;x.org.pdf", "ada&commat;x.org.pdf"]
)
def test_a_disguised_address_in_a_name_is_refused(name):
    """
    Readers decode it, and show it; the error does not.
    """
    with pytest.raises(AttachmentError, match="another name=") as caught:
        Attachment.from_bytes(b"x", name=name)
    assert "x.org" not in str(caught.value)
