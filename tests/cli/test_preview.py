"""cli/preview.py: a page that shows the mailing as its recipients get it."""

from __future__ import annotations

import json
import sys

import pytest
from click.testing import CliRunner

from cli.campaigns import make_folder
from cli.terminal import run
from safesend.cli.app import app


def _preview(*words):
    return CliRunner().invoke(app, ["preview", *map(str, words)])


def test_a_folder_is_written_beside_the_campaign(tmp_path):
    """It says where, that it holds addresses, and shows none itself."""
    folder = make_folder(tmp_path)
    result = _preview(folder)
    assert result.exit_code == 0
    index = tmp_path / "fair-preview" / "index.html"
    assert str(index) in result.stdout
    assert "3 people; 3 can be looked at" in result.stdout
    assert "addresses and letters in clear" in result.stdout
    assert f"safesend send {folder}" in result.stdout
    assert "person1@" not in result.output
    assert "names nobody but person1@example.com." in index.read_text("utf-8")
    assert result.stderr == ""


def test_one_page_is_written_where_it_is_wanted(tmp_path):
    """With as many messages as asked for, and those searched for."""
    file = tmp_path / "look.html"
    words = ("--page", file, "--sample", 2, "--search", "PÉRSON 7")
    result = _preview(make_folder(tmp_path, 9), *words)
    assert result.exit_code == 0
    html = file.read_text("utf-8")
    assert html.count("<article") == 2
    assert "person7@example.com" in html
    assert not (tmp_path / "fair-preview").exists()


def test_a_search_for_nobody_is_told(tmp_path):
    """What was typed may be an address: it is masked."""
    result = _preview(make_folder(tmp_path), "--search", "x@example.net")
    assert "Nobody in the list has '…@example.net'" in result.stderr


def test_leaks_are_shown_and_give_the_exit_code(tmp_path):
    """The page is written all the same: it shows what is wrong."""
    folder = make_folder(tmp_path, text="Dear {{ name }}, person2@example.com too.\n")
    result = _preview(folder, "--out", tmp_path / "look")
    assert result.exit_code == 1
    assert "This would expose somebody" in result.stderr
    assert "Mend this and look again" in result.stderr
    html = (tmp_path / "look" / "index.html").read_text("utf-8")
    assert "It would be refused as it is" in html


def test_what_is_in_the_way_is_refused_before_the_list_is_read(tmp_path):
    """Exit code 2; --force decides otherwise."""
    folder = make_folder(tmp_path)
    (folder / "people.csv").write_text("no list at all")
    result = _preview(folder, "--out", folder)
    assert result.exit_code == 2
    assert "no preview made" in result.stderr
    assert _preview(folder, "--page", folder / "body.txt").exit_code == 2
    (tmp_path / "other").mkdir()
    other = make_folder(tmp_path / "other")
    result = _preview(other, "--out", folder, "--force")
    assert result.exit_code == 0


def test_two_places_at_once_are_refused(tmp_path):
    """Exit code 2."""
    folder = make_folder(tmp_path)
    assert _preview(folder, "--out", "a", "--page", "b").exit_code == 2
    assert _preview(folder, "--sample", 0).exit_code == 2


def test_groups_of_domains_count_as_providers(tmp_path):
    """Those that campaign.toml names."""
    more = 'via = "eml:outbox"\n[providers]\ncouncil = ["example.com"]\n'
    result = _preview(make_folder(tmp_path, more=more), "--json")
    [first, *_] = json.loads(result.stdout)["sample"]
    assert "a mailbox at council" in first["reasons"]


def test_json_tells_the_same(tmp_path):
    """Masked, with the page that was written."""
    file = tmp_path / "look.html"
    found = json.loads(_preview(make_folder(tmp_path), "--page", file, "--json").stdout)
    assert (found["ok"], found["recipients"], found["page"]) == (True, 3, str(file))
    assert found["sample"][0]["recipient"] == "p…@example.com"
    assert found["sample"][0]["says"] == "This message names nobody but p…@example.com."
    assert found["sample"][0]["reasons"][0] == "the first of the list"


@pytest.mark.parametrize("works", [True, False])
def test_the_page_is_opened_on_demand(tmp_path, *, works):
    """In the browser of whoever asked; where there is none, it says so."""
    told = tmp_path / "told"
    program = tmp_path / "browser"
    code = f"import sys; open({str(told)!r}, 'w').write(sys.argv[1])" if works else "x"
    program.write_text(f"#!{sys.executable}\n{code}\n")
    program.chmod(0o755)
    words = ("preview", make_folder(tmp_path), "--open")
    ended = run(*words, BROWSER=f"{program} %s", PATH=str(tmp_path), DISPLAY="")
    index = tmp_path / "fair-preview" / "index.html"
    assert ended.code == 0
    if works:
        assert told.read_text() == index.as_uri()
    else:
        assert "No browser could be started" in ended.text


def test_the_letter_is_shown_with_its_styles_in_place(tmp_path):
    """And what mail programs would make of it is worth a look."""
    folder = make_folder(tmp_path, more="inline_css = true\n")
    page = "<style>p{color:#123}</style><p>Dear {{ name }}</p><a href='www.x.org'>x</a>"
    (folder / "body.html").write_text(page)
    result = _preview(folder, "--out", tmp_path / "look")
    assert result.exit_code == 0
    assert "lacks https://" in " ".join(result.stderr.split())
    html = (tmp_path / "look" / "index.html").read_text("utf-8")
    assert "color: #123" in html
    assert "M04" in html
