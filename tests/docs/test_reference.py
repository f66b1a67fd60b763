"""The reference pages keep up with the code."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import attrs
import click
import pytest

from architecture.source import PACKAGE
from safesend import errors
from safesend.cli.app import app
from safesend.cli.exits import Exit
from safesend.cli.settings import Settings, Smtp
from safesend.ledger.base import FINAL_STATES, State
from safesend.testing.faults import Faults
from safesend.testing.rules import STAGES

DOCS = Path(__file__).parents[2] / "docs"
READ_BY_HAND = {"help", "version"}


def _page(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


def _section(page: str, heading: str) -> str:
    """The text below a heading, up to the next of the same level."""
    parts = re.split(r"^## ", page, flags=re.MULTILINE)
    return next(part for part in parts if part.startswith(heading))


def _commands(
    group: click.Group, before: str = ""
) -> Iterator[tuple[str, click.Command]]:
    """Every command by what is typed for it: "send", "rules explain"."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from _commands(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


COMMANDS = dict(_commands(app))


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_a_section_with_every_option(name: str) -> None:
    """No command and no option is missing from the reference, and none is made up."""
    section = _section(_page("reference/cli.md"), f"safesend {name}\n")
    options = {
        text
        for option in COMMANDS[name].params
        if isinstance(option, click.Option) and option.name not in READ_BY_HAND
        for text in option.opts
        if text.startswith("--")
    }
    described = set(re.findall(r"^\| `(--[a-z][a-z0-9-]*)", section, re.MULTILINE))
    described |= set(re.findall(r"`(--json)`", section))
    assert described == options


def test_every_exit_code_is_explained() -> None:
    """The table of exit codes has every code."""
    codes = set(re.findall(r"^\| (\d+) \|", _page("reference/cli.md"), re.MULTILINE))
    assert codes == {str(int(code)) for code in Exit}


def test_every_key_of_campaign_toml_is_explained() -> None:
    """The table of keys has every key, and no other."""
    page = _page("reference/campaign-toml.md")
    keys = {field.name for field in attrs.fields(Settings)} - {
        "file",
        "lines",
        "smtp",
        "ways",
    }
    # A key, a table [name] or tables [[name]]; their own keys stand further right.
    named = re.findall(r"^\| `(?:\[\[?(\w+)\]\]?|(\w+))`", page, re.MULTILINE)
    described = {table or key for table, key in named} - {"smtp", "carrier"}
    assert described == keys
    own = set(re.findall(r"^\| `\[smtp\]` `(\w+)`", page, re.MULTILINE))
    assert own == {field.name for field in attrs.fields(Smtp)}


def test_every_error_is_explained() -> None:
    """The table of errors has every class that can be raised."""
    described = set(
        re.findall(r"^\| `(\w+)`", _page("reference/errors.md"), re.MULTILINE)
    )
    raised = {
        name
        for name in errors.__all__
        if issubclass(getattr(errors, name), errors.SafesendError)
    }
    assert described == raised


def test_every_state_is_explained() -> None:
    """The table of states has every state, and says rightly which are final."""
    page = _page("explanation/states.md")
    described = dict(
        re.findall(r"^\| `(\w+)` \| .* \| ?(\w*).* ?\|$", page, re.MULTILINE)
    )
    assert set(described) == {state.value for state in State}
    final = {state for state, word in described.items() if word == "yes"}
    assert final == {state.value for state in FINAL_STATES}


def test_every_room_stands_on_the_map() -> None:
    """The table of rooms has every folder of the library."""
    rooms = {p.parent.name for p in PACKAGE.glob("*/__init__.py")}
    section = _section(_page("explanation/architecture.md"), "The rooms")
    described = set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))
    assert rooms <= described


def test_every_fault_of_the_server_is_explained() -> None:
    """The table of faults has every method, and the text every stage."""
    page = _page("how-to/test-code-that-sends.md")
    described = set(re.findall(r"^\| `(\w+)\(", page, re.MULTILINE))
    asked_by_the_server = {"plan", "too_early"}
    methods = {
        name
        for name, member in vars(Faults).items()
        if inspect.isfunction(member) and not name.startswith("_")
    }
    assert described == methods - asked_by_the_server
    assert [stage for stage in STAGES if f"`{stage}`" not in page] == []
