import io
import json

import pytest

from safesend.errors import AudienceError
from safesend.intake import read_csv, read_jsonl
from safesend.intake.files import FileProblem, personal_files


@pytest.fixture
def folder(tmp_path):
    lists = tmp_path / "lists"
    lists.mkdir()
    (tmp_path / "secret.txt").write_text("everybody")
    for name in "ada.pdf", "b o b.pdf", "map.png", "a@b.txt":
        (lists / name).write_text(name)
    (lists / "more").mkdir()
    (lists / "more" / "ada.txt").write_text("more")
    return lists


def names(folder, cell):
    return [file.name for file in personal_files(folder, cell)]


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("", []),
        (" ; ", []),
        (None, []),
        ((), []),
        ("ada.pdf", ["ada.pdf"]),
        (" ada.pdf ; b o b.pdf;", ["ada.pdf", "b o b.pdf"]),
        ("more/ada.txt;./map.png", ["ada.txt", "map.png"]),
        ("more/../ada.pdf", ["ada.pdf"]),
        (("ada.pdf", "map.png"), ["ada.pdf", "map.png"]),
    ],
)
def test_a_cell_names_files_below_the_folder(folder, cell, found):
    """
    Separated by semicolons, or in a list; blanks around them do not count.
    """
    assert names(folder, cell) == found


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("../secret.txt", "leads out"),
        ("more/../../secret.txt", "leads out"),
        ("/etc/hostname", "leads out"),
        ("ada.pdf;../secret.txt", "leads out"),
        ("gone.pdf", "missing, or is no file"),
        ("more", "missing, or is no file"),
        (".", "missing, or is no file"),
        ("a\0b", "missing, or is no file"),
        ("x" * 5_000, "missing, or is no file"),
        ("a@b.txt", "cannot be attached: the file name holds"),
        (7, "text, or a list of texts"),
        (("ada.pdf", 7), "text, or a list of texts"),
        (("",), "missing, or is no file"),
    ],
)
def test_other_cells_are_refused_without_being_shown(folder, cell, reason):
    """
    Nothing outside of the folder is ever attached, and no path is printed.
    """
    with pytest.raises(FileProblem, match=reason) as caught:
        names(folder, cell)

    assert "secret" not in str(caught.value)
    assert "a@b" not in str(caught.value)


def test_a_folder_beside_with_the_same_beginning_is_outside(folder):
    """
    "lists-old" is not below "lists".
    """
    beside = folder.with_name("lists-old")
    beside.mkdir()
    (beside / "ada.pdf").write_text("old")

    with pytest.raises(FileProblem, match="leads out"):
        names(folder, "../lists-old/ada.pdf")


def test_rows_of_a_list_bring_their_files(folder):
    """
    Each person the own ones; the columns stay fields.
    """
    path = folder / "members.csv"
    path.write_text(
        "email,Ticket,more\n"
        "ada@example.org,ada.pdf,more/ada.txt\n"
        "bob@example.org,b o b.pdf,\n"
    )

    ada, bob = read_csv(path, attachments=["Ticket", "more"])

    assert [file.load() for file in ada.attachments] == [b"ada.pdf", b"more"]
    assert [file.name for file in bob.attachments] == ["b o b.pdf"]
    assert ada.fields["ticket"] == "ada.pdf"


def test_a_file_that_is_missing_is_a_problem_of_its_row(folder):
    """
    With line and column, together with what else is wrong there.
    """
    path = folder / "members.csv"
    path.write_text("email,Ticket\nada@example.org,ada.pdf\nnobody,gone.pdf\n")

    with pytest.raises(AudienceError) as caught:
        list(read_csv(path, attachments="Ticket"))

    assert [(p.line, p.column) for p in caught.value.problems] == [
        (3, "email"),
        (3, "Ticket"),
    ]
    [ada] = read_csv(path, attachments="Ticket", skip_invalid=True)
    assert ada.attachments[0].name == "ada.pdf"


def test_another_folder_can_be_said(folder, monkeypatch):
    """
    For streams, and for lists that lie elsewhere; a relative one is fixed at the call.
    """
    monkeypatch.chdir(folder.parent)
    stream = io.StringIO(json.dumps({"email": "ada@example.org", "files": ["ada.pdf"]}))
    audience = read_jsonl(stream, attachments="files", attachments_dir="lists/more/..")
    monkeypatch.chdir("/")

    [ada] = audience

    assert ada.attachments[0].load() == b"ada.pdf"


def test_a_link_that_leads_out_of_the_folder_is_refused(tmp_path):
    """A link is a way out as well; one that stays inside is a file like others."""
    folder = tmp_path / "list"
    folder.mkdir()
    (tmp_path / "secret.txt").write_text("x")
    (folder / "own.txt").write_text("y")
    (folder / "out.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "in.txt").symlink_to(folder / "own.txt")
    with pytest.raises(FileProblem, match="leads out"):
        list(personal_files(folder, "out.txt"))
    assert [file.name for file in personal_files(folder, "in.txt")] == ["in.txt"]
