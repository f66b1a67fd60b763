"""preview/files.py: where a preview is written, and what it leaves alone."""

from __future__ import annotations

import email
import stat

import pytest

from preview.mailings import campaign, person
from safesend.errors import ConfigurationError
from safesend.preview import check_folder, check_page, look, write_folder, write_page


@pytest.fixture(scope="module")
def preview():
    """Three messages, of which the second cannot be made."""
    return look(campaign(person(0), person(1, name=""), person(2)))


def _mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_folder_holds_the_page_and_its_messages(preview, tmp_path):
    """The octets as they would be sent; for its owner alone to read."""
    folder = tmp_path / "deep" / "look"
    index = write_folder(preview, folder)
    assert index == folder / "index.html"
    names = ["index.html", "message-001.eml", "message-003.eml"]
    assert sorted(path.name for path in folder.iterdir()) == names
    message = email.message_from_bytes((folder / "message-003.eml").read_bytes())
    assert message["To"] == "p2@example.org"
    assert 'href="message-003.eml"' in index.read_text("utf-8")
    assert "message-002" not in index.read_text("utf-8")
    assert _mode(folder) == 0o700
    assert {_mode(path) for path in folder.iterdir()} == {0o600}


def test_a_page_is_one_file(preview, tmp_path):
    """Which names no other."""
    file = write_page(preview, tmp_path / "look.html")
    assert ".eml" not in file.read_text("utf-8")
    assert (_mode(file), len(list(tmp_path.iterdir()))) == (0o600, 1)


def test_an_earlier_preview_is_replaced(preview, tmp_path):
    """With messages that it had and this one has not."""
    folder, file = tmp_path / "look", tmp_path / "look.html"
    write_folder(preview, folder)
    (folder / "message-009.eml").write_text("old")
    (folder / "note.txt").write_text("mine")
    write_folder(preview, folder)
    assert not (folder / "message-009.eml").exists()
    assert (folder / "note.txt").read_text() == "mine"
    write_page(preview, file)
    write_page(preview, file)


def test_what_no_preview_made_is_left_alone(preview, tmp_path):
    """Neither a folder with other files nor another file is written to."""
    file = tmp_path / "index.html"
    file.write_text("<p>my own page")
    for check in check_folder, lambda folder: write_folder(preview, folder):
        with pytest.raises(ConfigurationError, match="--force"):
            check(tmp_path)
    for check in check_page, lambda path: write_page(preview, path):
        with pytest.raises(ConfigurationError, match="--force"):
            check(file)
    assert file.read_text() == "<p>my own page"


def test_what_is_in_the_way_is_replaced_on_demand(preview, tmp_path):
    """A person may decide so; files of other names stay."""
    file = tmp_path / "index.html"
    file.write_text("<p>my own page")
    (tmp_path / "note.txt").write_text("mine")
    write_folder(preview, tmp_path, force=True)
    assert "Nothing was sent" in file.read_text("utf-8")
    assert (tmp_path / "note.txt").read_text() == "mine"
    file.write_text("<p>my own page")
    write_page(preview, file, force=True)
    assert "Nothing was sent" in file.read_text("utf-8")


def test_an_empty_folder_and_a_new_name_are_free(tmp_path):
    """Nothing is in the way."""
    check_folder(tmp_path)
    check_folder(tmp_path / "new")
    check_page(tmp_path / "new.html")


def test_a_link_is_not_followed(preview, tmp_path):
    """A page takes the place of a link; where it led stays as it was."""
    other = tmp_path / "other.html"
    write_page(preview, other)
    before = other.read_bytes()
    link = tmp_path / "look.html"
    link.symlink_to(other)
    (tmp_path / ".look.html.draft").write_text("left by a crash")
    write_page(look(campaign(person(7))), link)
    assert not link.is_symlink()
    assert other.read_bytes() == before
