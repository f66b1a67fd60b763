"""Makes `docs/reference/replies.md` from the table of replies.

    python tests/docs/replies_page.py

What a rule fits and does is told as `safesend rules list` tells it; the rest is written
in `replies_page.md`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from string import Template

from safesend.cli.rules import conditions, consequence
from safesend.policies.asked_wait import READ
from safesend.policies.replies import Action, Rule, Scope, builtin

__all__ = ["ACTIONS", "FILE", "SCOPES", "TEMPLATE", "TITLES", "page"]

FILE = Path(__file__).parents[2] / "docs" / "reference" / "replies.md"
TEMPLATE = Path(__file__).with_suffix(".md")

ACTIONS = {
    Action.LATER: "this message goes again, by the schedule of retries",
    Action.SLOW: "fewer messages and connections on this route, or for this provider",
    Action.PAUSE: "nothing on this route, or for this provider, for a time",
    Action.FAIL: "this message is given up; the row is `refused`",
    Action.SUPPRESS: "this address gets nothing more in any campaign",
    Action.STOP: "the run ends with the reason; what is left waits for the next run",
}
"""What each action does."""

SCOPES = {
    Scope.RECIPIENT: ("one person's mailbox", "yes"),
    Scope.MESSAGE: ("one person's message", "yes"),
    Scope.CONNECTION: ("this connection: the next goes on over a new one", "no"),
    Scope.ROUTE: ("everything that goes to this server", "no"),
    Scope.RUN: ("every message of the run", "no"),
}
"""What each scope means, and whether a try is used up."""

TITLES = {
    "ses": "Amazon SES, whoever the recipient's provider is",
    "google": "Google: Gmail, Workspace",
    "yahoo": "Yahoo and AOL",
    "microsoft": "Microsoft: Outlook.com, Hotmail, Microsoft 365",
    "apple": "Apple: iCloud",
    "orange": "Orange",
    "gmx": "GMX, WEB.DE, mail.com",
    "gmx, microsoft": "GMX and Microsoft",
    "": "Everybody",
}
"""The headings, by providers; or by the carrier that says it."""


def page() -> str:
    """The whole page."""
    rules = builtin().rules
    return Template(TEMPLATE.read_text("utf-8")).substitute(
        count=len(rules),
        read=READ,
        actions="\n".join(f"| `{name}` | {text} |" for name, text in ACTIONS.items()),
        scopes="\n".join(
            f"| `{name}` | {text} | {used} |" for name, (text, used) in SCOPES.items()
        ),
        rules="\n".join(_sections(rules)),
    )


def _sections(rules: tuple[Rule, ...]) -> Iterator[str]:
    for providers, found in itertools.groupby(rules, _speakers):
        yield f"### {TITLES[providers]}\n"
        yield "| rule | fits | means | what is done | what to do | source |"
        yield "|---|---|---|---|---|---|"
        yield from map(_row, found)
        yield ""


def _speakers(rule: Rule) -> str:
    return "ses" if rule.name.startswith("ses-") else _providers(rule)


def _providers(rule: Rule) -> str:
    return ", ".join(sorted(rule.providers))


def _row(rule: Rule) -> str:
    fits = conditions(rule).removeprefix(_providers(rule)).removeprefix("; ")
    cells = (
        f"`{rule.name}`",
        f"`{fits}`",
        rule.means,
        consequence(rule),
        rule.advice,
        rule.source,
    )
    return " | ".join(["", *(cell.replace("|", r"\|") for cell in cells), ""]).strip()


if __name__ == "__main__":
    FILE.write_text(page(), "utf-8")
