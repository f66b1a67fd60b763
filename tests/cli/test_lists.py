"""cli/lists.py: a suppression list by its path or by the folder that names it."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.campaigns import make_folder
from safesend import Recipient, SuppressionList
from safesend.cli.folder import open_folder
from safesend.cli.lists import (
    kept_back,
    known_list,
    list_of,
    list_path,
    on_it,
    people_of,
    person,
)
from safesend.errors import AudienceError, ConfigurationError
from safesend.suppression import Domain, Reason

NAMED = 'via = "eml:outbox"\nsuppression = "../off.db"\n'


@pytest.fixture
def off(tmp_path):
    """A list with persons 0 and 2 of the campaign."""
    with SuppressionList(tmp_path / "off.db") as shared:
        shared.add(["person0@example.com", "person2@example.com"], "complaint")
    return tmp_path / "off.db"


def test_a_list_is_a_path_or_in_a_folder(tmp_path):
    """Paths of campaign.toml count from its folder."""
    assert list_path("some/off.db") == Path("some/off.db")
    folder = make_folder(tmp_path, more=NAMED)
    assert list_path(str(folder)).resolve() == tmp_path / "off.db"


def test_a_folder_that_names_none_is_told(tmp_path):
    """With the line to add."""
    with pytest.raises(ConfigurationError, match="names no suppression list; add"):
        list_path(str(make_folder(tmp_path)))


def test_a_known_list_is_not_made(tmp_path, off):
    """Neither by its path nor by its folder."""
    with known_list(str(make_folder(tmp_path, more=NAMED))) as shared:
        assert shared.has("person0@example.com")
    off.unlink()
    with pytest.raises(ConfigurationError, match="there is no suppression list"):
        known_list(str(tmp_path / "fair"))


def test_a_campaign_goes_by_its_own_list_or_the_one_that_was_given(tmp_path, off):
    """Or by none."""
    folder = open_folder(make_folder(tmp_path, more=NAMED))
    assert list_of(folder, None).resolve() == off
    other = off.rename(tmp_path / "other.db")
    assert list_of(folder, str(other)) == other
    with pytest.raises(ConfigurationError, match=r"campaign.toml:5: 'suppression': "):
        list_of(folder, None)
    with pytest.raises(ConfigurationError, match="--suppression: there is no"):
        list_of(folder, str(off))


def test_without_a_list_nobody_is_kept_back(tmp_path):
    """And nothing is opened."""
    folder = open_folder(make_folder(tmp_path))
    assert list_of(folder, None) is None
    assert kept_back(None, folder.campaign().audience) == 0


def test_who_is_on_it_is_counted(off):
    """However long the list."""
    people = [Recipient(f"person{number}@example.com") for number in range(1200)]
    assert kept_back(off, people) == 2
    assert kept_back(off, people[3:]) == 0


def test_the_people_of_a_file_come_in_batches(tmp_path, off):
    """Those of them who are on the list, with their entries."""
    file = tmp_path / "people.txt"
    file.write_text("".join(f"person{number}@example.com\n" for number in range(501)))
    batches = list(people_of(str(file), None))
    assert [len(batch) for batch in batches] == [500, 1]
    with known_list(str(off)) as shared:
        found = list(on_it(shared, batches[0]))
    assert [one.source for one, _ in found] == [f"{file}:1", f"{file}:3"]
    assert [entry.reason for _, [entry] in found] == [Reason.COMPLAINT] * 2
    assert list(people_of(None, None)) == []


def test_a_file_with_a_bad_line_is_not_looked_through(tmp_path):
    """It is told with its line."""
    (tmp_path / "people.txt").write_text("person0@example.com\nnobody\n")
    with pytest.raises(AudienceError, match=r"not looked through:\n.*people.txt:2"):
        list(people_of(str(tmp_path / "people.txt"), None))


def test_an_argument_is_a_person_or_a_domain():
    """What is neither is a mistake of the command line."""
    assert person("@example.org") == Domain("example.org")
    with pytest.raises(ConfigurationError, match="not taken as an address"):
        person("ada")
