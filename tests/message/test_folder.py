import os
from pathlib import Path

import pytest

from safesend.errors import AttachmentError, TemplateError
from safesend.message.folder import read_folder


@pytest.fixture
def folder(tmp_path):
    """A folder with the least that is needed."""
    (tmp_path / "subject.txt").write_text("Hello\n")
    (tmp_path / "body.txt").write_text("Dear {{ name }}\n")
    return tmp_path


def put(folder, name, content=b"x"):
    file = folder / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content)
    return file


def refused(folder, match):
    with pytest.raises(TemplateError, match=match) as caught:
        read_folder(folder)
    return caught.value


def test_a_folder_needs_a_subject_and_gives_what_it_has(folder):
    """Bodies and folders that are not there are None and empty."""
    read = read_folder(str(folder))

    assert (read.subject, read.text, read.html) == ("Hello", "Dear {{ name }}\n", None)
    assert read.attachments == read.inline == ()


def test_texts_are_utf8_with_or_without_a_mark(folder):
    """Windows editors write one."""
    put(folder, "subject.txt", b"\xef\xbb\xbfGr\xc3\xbc\xc3\x9fe")
    put(folder, "body.html", b"\xc3\xa9")

    read = read_folder(folder)

    assert (read.subject, read.html) == ("Grüße", "é")


def test_files_come_sorted_and_without_litter(folder):
    """Hidden files, locks and copies of editors are nobody's attachment."""
    litter = [
        ".hidden",
        "a~",
        "~$b.docx",
        "#c#",
        "d.bak",
        "Thumbs.db",
        ".e.swp",
        "f.swp",
    ]
    for name in ["b.pdf", "a.pdf", *litter]:
        put(folder, f"attachments/{name}")
        put(folder, name)

    assert [file.name for file in read_folder(folder).attachments] == ["a.pdf", "b.pdf"]


def test_inline_images_have_their_names_as_content_ids(folder):
    """So `cid:logo.png` finds them."""
    put(folder, "inline/logo.png")

    assert [file.cid for file in read_folder(folder).inline] == ["logo.png"]


def test_an_image_whose_name_is_no_content_id_is_refused(folder):
    """A blank cannot stand in one."""
    put(folder, "inline/my logo.png")

    with pytest.raises(AttachmentError, match="my logo"):
        read_folder(folder)


@pytest.mark.parametrize("content", [b"", b"a\nb\n", b"\n\n"])
def test_a_subject_is_one_line(folder, content):
    """Not none, not two."""
    put(folder, "subject.txt", content)

    assert refused(folder, "subject.txt must hold exactly one line").part == "subject"


def test_a_missing_subject_is_named(folder):
    """The error says which file."""
    (folder / "subject.txt").unlink()

    refused(folder, "subject.txt is missing")


@pytest.mark.parametrize("name", ["body.htm", "Body.txt", "subject", "body.html.j2"])
def test_a_file_that_would_be_overlooked_is_refused(folder, name):
    """The author believes that it is sent."""
    put(folder, name)

    refused(folder, f"{name} is not read")


def test_what_is_not_utf8_is_named(folder):
    """With the place of the first wrong octet."""
    put(folder, "body.txt", b"Gr\xfc\xdfe")

    refused(folder, r"body.txt is not UTF-8 \(octet 2\)")


def test_what_cannot_be_read_is_named(folder):
    """Here a folder has the name of a text."""
    (folder / "body.txt").unlink()
    (folder / "body.txt").mkdir()

    refused(folder, "body.txt is not a regular file")


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="no /proc here")
def test_a_file_that_fails_when_it_is_read_is_named(folder):
    """The reason is the system's."""
    (folder / "body.txt").unlink()
    (folder / "body.txt").symlink_to("/proc/self/mem")

    refused(folder, r"body\.txt cannot be read: Input/output error")


def test_a_folder_is_needed(folder):
    """A file or nothing in its place is refused."""
    refused(folder / "nothing", "is not a folder")
    put(folder, "inline")
    refused(folder, "inline is not a folder")


@pytest.mark.parametrize("kind", ["folder", "fifo", "loose link"])
def test_only_regular_files_are_attached(folder, kind):
    """Nothing that has no content of its own."""
    (folder / "attachments").mkdir()
    odd = folder / "attachments" / "odd"
    make = {"folder": os.mkdir, "fifo": os.mkfifo, "loose link": _loose_link}[kind]
    make(odd)

    refused(folder, "odd is not a regular file")


def _loose_link(path):
    path.symlink_to("nowhere")


def test_an_address_in_a_path_is_masked(tmp_path):
    """Folders are named after people."""
    error = refused(tmp_path / "ada@example.org", "is not a folder")

    assert "ada@example.org" not in str(error)
