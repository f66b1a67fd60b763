"""cli/caution.py: approvals, pilot and auto-stop out of campaign.toml and options."""

from __future__ import annotations

import pytest

from cli.campaigns import make_folder
from safesend.cli.folder import open_folder
from safesend.errors import ConfigurationError
from safesend.policies import AutoStop, Pilot

VIA = 'via = "eml:outbox"\n'


def _caution(tmp_path, more="", **options):
    return open_folder(make_folder(tmp_path, more=VIA + more)).caution(**options)


def test_nothing_is_asked_for(tmp_path):
    """By default nobody must approve, nobody goes first, and a run may stop itself."""
    caution = _caution(tmp_path)
    assert caution.options() == {"approvals": None, "pilot": None, "auto_stop": True}
    assert caution.words(100) is None


@pytest.mark.parametrize(
    ("line", "key", "value"),
    [
        ("approvals = 2", "approvals", 2),
        ("pilot = 50", "pilot", Pilot(50)),
        ('pilot = "50, 30m, 2%"', "pilot", Pilot(50, "30m", "2%")),
        ("auto_stop = false", "auto_stop", False),
        ("auto_stop = true", "auto_stop", True),
        (
            '[auto_stop]\nrefused = "5%"\nof_last = 200\nafter = 50\nalike = 7',
            "auto_stop",
            AutoStop(refused="5%", of_last=200, after=50, alike=7),
        ),
    ],
)
def test_the_file_says(tmp_path, line, key, value):
    """Each key by itself."""
    assert _caution(tmp_path, line).options()[key] == value


def test_the_command_line_goes_first(tmp_path):
    """In place of what the file says."""
    caution = _caution(tmp_path, "approvals = 1\npilot = 9\n", approvals=2, pilot="5")
    assert (caution.approvals, caution.pilot) == (2, Pilot(5))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("approvals = -1", ":5: 'approvals' must be at least 0"),
        ('approvals = "two"', ":5: 'approvals' must be a whole number"),
        ('pilot = "x"', ":5: 'pilot': the pilot 'x' is not understood"),
        ("pilot = 0", ":5: 'pilot': the pilot 0 is not understood"),
        ("pilot = 1.5", ":5: 'pilot' must be"),
        ('auto_stop = "no"', r":5: 'auto_stop' must be a table \[auto_stop\], or"),
        ("auto_stop = 10", r":5: 'auto_stop' must be a table \[auto_stop\], or"),
        ("[auto_stop]\nrefused = 10", ":6: 'auto_stop.refused': the share 10"),
        ("[auto_stop]\nrefused = 0.1", ":6: 'auto_stop.refused' must be a text"),
        ("[auto_stop]\nafter = 0", ":6: 'auto_stop.after': auto_stop: after is"),
        ("[auto_stop]\nfoo = 1", ":6: 'auto_stop.foo': unknown; known are: refused"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path, line, reason):
    """And what it should be."""
    with pytest.raises(ConfigurationError, match=f"campaign.toml{reason}"):
        _caution(tmp_path, line)


def test_a_wrong_option_is_named(tmp_path):
    """Not a line of the file."""
    with pytest.raises(ConfigurationError, match=r"^--pilot: the pilot 'x'"):
        _caution(tmp_path, pilot="x")


def test_who_goes_first_is_said(tmp_path):
    """Only where there are more people than that."""
    first = "only the first 5 people of those who wait get it now; the others"
    caution = _caution(tmp_path, pilot="5")
    assert caution.words(9) == f"{first} after 'safesend approve'"
    assert caution.words(5) is None
    by_itself = open_folder(tmp_path / "fair").caution(pilot="5, 1h")
    assert by_itself.words(9) == f"{first} when these fared well"
