"""cli/letter.py: a composed message, readable again."""

from __future__ import annotations

from cli.campaigns import make_folder
from safesend.cli.folder import open_folder
from safesend.cli.letter import read_letter, show_letter
from safesend.cli.show import Masker

OURS = Masker(frozenset({"fair@example.org"}))


def _letter(folder, mask=OURS):
    return read_letter(next(open_folder(folder).campaign().rehearse().messages()), mask)


def test_a_letter_is_what_its_reader_sees(tmp_path):
    """Decoded headers, text and the names of what is attached."""
    folder = make_folder(tmp_path)
    (folder / "body.html").write_text("<p>Dear {{ name }}</p>")
    (folder / "attachments").mkdir()
    (folder / "attachments" / "plan é.txt").write_text("12345")
    letter = _letter(folder)
    names = [name for name, _ in letter.headers]
    assert names[:4] == ["From", "To", "Subject", "Date"]
    assert dict(letter.headers)["Subject"] == "Hello Pérson 0"
    assert "Message-ID" not in names
    assert letter.text == "Dear Pérson 0,\n\nsee you on Friday."
    assert letter.files[0].startswith("the same as HTML (text/html, ")
    assert letter.files[1] == "plan é.txt (text/plain, 5 bytes)"
    assert letter.recipient == "p…@example.com"
    assert letter.size > 300


def test_addresses_in_the_text_are_masked(tmp_path):
    """Also where the letter itself names the address of its reader."""
    folder = make_folder(tmp_path, text="For {{ email }}, from fair@example.org")
    assert _letter(folder).text == "For p…@example.com, from fair@example.org"
    shown = _letter(folder, Masker(frozenset(), show_all=True))
    assert shown.text == "For person0@example.com, from fair@example.org"


def test_a_letter_cannot_steer_the_terminal(tmp_path, capsys):
    """Escape sequences in a merge field are shown, not obeyed; nor is markup."""
    folder = make_folder(tmp_path, text="{{ name }} [red]x[/red]\n\x1b[2J")
    show_letter(_letter(folder), "Message 1 of 3")
    printed = capsys.readouterr().out
    assert "\x1b" not in printed
    assert "\\x1b[2J" in printed
    assert "[red]x[/red]" in printed
    assert "Message 1 of 3: only for p…@example.com" in printed
    assert _letter(folder).to_json()["headers"][0][0] == "From"
