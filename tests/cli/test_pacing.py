"""cli/pacing.py: how fast and when, from file and command line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cli.campaigns import make_folder
from safesend.cli.folder import open_folder
from safesend.cli.pacing import Wanted
from safesend.errors import ConfigurationError
from safesend.policies import Retry, SendingHours, Throttle
from safesend.policies.replies import builtin

WARMUP = "200/day -> 50k/day over 21d"
RULE = """
[[rule]]
name = "ours"
scope = "message"
do = "fail"
code = 554
means = "our server says no"
"""


def _pacing(tmp_path: Path, more: str, **wanted):
    folder = open_folder(make_folder(tmp_path, more=more))
    return folder.pacing(Wanted(**wanted))


def test_nothing_said_is_nothing_set(tmp_path):
    """The defaults of `send` hold, and its limits are none."""
    pacing = open_folder(make_folder(tmp_path)).pacing()
    assert pacing.options() == {
        "rules": builtin(),
        "providers": {},
        "mx_lookup": False,
    }


def test_a_delay_of_the_command_line_comes_first(tmp_path):
    """In both places a text or a number; what is none is told with its place."""
    assert _pacing(tmp_path, 'delay = "5m"\n').delay == 300
    (tmp_path / "b").mkdir()
    pacing = _pacing(tmp_path / "b", "delay = 60\n", delay=0.0, start="2026-12-01")
    assert pacing.options()["delay"] == 0
    assert pacing.options()["start"] == "2026-12-01"
    (tmp_path / "c").mkdir()
    with pytest.raises(ConfigurationError, match=r"toml:4: 'delay': the time 'x'"):
        _pacing(tmp_path / "c", 'delay = "x"\n')


def test_everything_that_the_file_says_arrives(tmp_path):
    """As the values that `send` takes."""
    more = (
        f'rate = "50/s"\nburst = 9\nwarmup = "{WARMUP}"\nhours = "09:00-17:00 UTC"\n'
        'retry = "5m, stop"\ngive_up_after = "12h"\nrules = "own.toml"\n'
        'mx_lookup = true\n[rate_per_provider]\ncouncil = "10/s"\n'
        '"example.org" = "1/s"\n[providers]\ncouncil = ["council.example"]\n'
    )
    folder = make_folder(tmp_path, more=more)
    (folder / "own.toml").write_text(RULE)
    pacing = open_folder(folder).pacing()
    assert pacing.throttle == Throttle(
        "50/s",
        burst=9,
        warmup=WARMUP,
        per_provider={"council": "10/s", "example.org": "1/s"},
    )
    assert pacing.hours == SendingHours("09:00-17:00", tz="UTC")
    assert isinstance(pacing.retry, Retry)
    assert pacing.give_up_after == 12 * 3600
    assert pacing.rules.rules[0].name == "ours"
    assert pacing.providers == {"council": ("council.example",)}
    assert pacing.mx_lookup
    assert set(pacing.options()) == {
        "throttle",
        "hours",
        "retry",
        "give_up_after",
        "rules",
        "providers",
        "mx_lookup",
    }


def test_seconds_may_be_a_number(tmp_path):
    """In `give_up_after`."""
    assert _pacing(tmp_path, "give_up_after = 90\n").give_up_after == 90


def test_options_go_before_the_file(tmp_path):
    """Each replaces what the file says; a path counts from where the command runs."""
    more = 'hours = "never"\ngive_up_after = "soon"\nrules = "absent.toml"\n'
    own = tmp_path / "own.toml"
    own.write_text(RULE)
    pacing = _pacing(
        tmp_path, more, hours="09:00-17:00 UTC", give_up_after="1h", rules=own, mx=True
    )
    assert pacing.hours == SendingHours("09:00-17:00 UTC")
    assert (pacing.give_up_after, pacing.mx_lookup) == (3600, True)
    assert pacing.rules.rules[0].name == "ours"


@pytest.mark.parametrize(
    ("rate", "throttle"),
    [
        (None, Throttle("50/s", burst=9, warmup=WARMUP)),
        ("5/s", Throttle("5/s", warmup=WARMUP)),
        ("1/h -> 2/h over 2d", Throttle("1/h -> 2/h over 2d")),
    ],
)
def test_a_rate_of_the_command_line_has_its_own_burst(tmp_path, rate, throttle):
    """The file's warm-up holds on, unless the command line brings one."""
    more = f'rate = "50/s"\nburst = 9\nwarmup = "{WARMUP}"\n'
    assert _pacing(tmp_path, more, rate=rate).throttle == throttle


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ('rate = "fast"', "toml:4: 'rate': the rate 'fast' is not understood; write"),
        ("burst = 5", "toml:4: 'burst': burst=5 belongs to a limit over everything"),
        ('warmup = "5/s"', "toml:4: 'warmup': "),
        (f'rate = "{WARMUP}"\nwarmup = "{WARMUP}"', "toml:5: 'warmup': two warm-ups"),
        (
            '[rate_per_provider]\ngoogle = "1"',
            "toml:5: 'rate_per_provider.google': the rate '1' is not understood",
        ),
        (
            '[rate_per_provider]\ngogle = "1/s"',
            (
                "toml:5: 'rate_per_provider.gogle': 'gogle' names no provider;"
                " did you mean 'google'?"
            ),
        ),
        (
            '[rate_per_provider]\n"gmail.com" = "1/s"',
            (
                "toml:5: 'rate_per_provider.gmail.com': 'gmail.com' names no provider;"
                " gmail.com belongs to the provider 'google'"
            ),
        ),
        (
            '[rate_per_provider]\ngoogle = "1/s"\nGoogle = "2/s"',
            "toml:4: 'rate_per_provider': per_provider names 'google' twice",
        ),
        ('hours = "9-5"', "toml:4: 'hours': the sending hours '9-5' are not"),
        ('retry = "often"', "toml:4: 'retry': the retries 'often' are not understood"),
        ('give_up_after = "soon"', "toml:4: 'give_up_after': the time 'soon' is not"),
        ("give_up_after = -1", "toml:4: 'give_up_after': the time -1 is not"),
        ('rules = "no.toml"', "toml:4: 'rules': the rules "),
        ('[providers]\nA = ["a.example"]', "toml:5: 'providers.A': 'A' is no name"),
        ('[providers]\na = ["not so"]', "toml:5: 'providers.a': the provider 'a' is"),
        (
            '[providers]\na = ["x.example"]\nb = ["x.example"]',
            "toml:4: 'providers': the domain 'x.example' is given to the providers",
        ),
    ],
)
def test_a_mistake_names_file_line_and_key(tmp_path, more, message):
    """And says what would be right."""
    with pytest.raises(ConfigurationError, match=re.escape(message)):
        _pacing(tmp_path, more + "\n")


def test_a_mistake_in_the_rules_names_their_line_as_well(tmp_path):
    """There are two files to look at."""
    folder = make_folder(tmp_path, more='rules = "own.toml"\n')
    (folder / "own.toml").write_text(RULE.replace('"message"', '"everything"'))
    with pytest.raises(ConfigurationError, match=r"toml:4: 'rules': .*own\.toml:\d"):
        open_folder(folder).pacing()


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("rate", "fast", "--rate: the rate 'fast'"),
        ("hours", "9-5", "--hours: the sending hours"),
        ("give_up_after", "soon", "--give-up-after: the time 'soon'"),
        ("rules", Path("no.toml"), "--rules: the rules no.toml cannot be read"),
    ],
)
def test_a_mistake_in_an_option_names_the_option(tmp_path, option, value, message):
    """Whatever the file says."""
    with pytest.raises(ConfigurationError, match=re.escape(message)):
        _pacing(tmp_path, 'rate = "1/s"\n', **{option: value})


def test_a_retention_is_a_length_of_time(tmp_path):
    """
    For which what is known of people is kept.
    """
    assert _pacing(tmp_path, 'retention = "90d"\n').options()["retention"] == 90 * 86400


@pytest.mark.parametrize("wrong", ['"soon"', '"0d"', "0"])
def test_a_retention_is_some_time(tmp_path, wrong):
    """
    Nothing is erased at once by accident; the line is named.
    """
    with pytest.raises(ConfigurationError, match="toml:4: 'retention': "):
        _pacing(tmp_path, f"retention = {wrong}\n")
