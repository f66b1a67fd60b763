"""How far campaigns are, in the words of `safesend status`."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from safesend.cli.accounts import STATES
from safesend.cli.heard import heard_lines
from safesend.cli.holdups import eased_line, pause_line
from safesend.cli.kinds import kind_line, seeds_words
from safesend.cli.limits import whole
from safesend.cli.orders_shown import once_more, ordered_lines
from safesend.cli.persons import kept_line
from safesend.cli.show import count, duration, moment, people, when
from safesend.engine.bottleneck import restored
from safesend.engine.report import Pause
from safesend.ledger.base import Control, State

__all__ = ["WORDS", "overview"]

WORDS = dict(
    zip(
        STATES,
        (
            "accepted by the mail server",
            "waiting",
            "being sent by a run, or left by one that died",
            "refused by the mail server",
            "in doubt: perhaps delivered, the answer was lost",
            "left out: no such mailbox, or on the suppression list",
            "given up, the server put them off for too long",
            "could not be made, their file is missing",
            "cancelled",
            "being read in, not checked yet",
        ),
        strict=True,
    )
)
"""What each state means to the person who reads it, in the order of the list."""

_CONTROL = {
    Control.RUN: "",
    Control.PAUSE: "This campaign is paused{}",
    Control.CANCEL: "This campaign is cancelled{}; nobody else gets it",
}
_REPLIES_SHOWN = 5
_PROVIDERS_SHOWN = 10
_SILENT = 30.0
"""Seconds after which a run that said nothing is told as such."""

_COLUMNS = ("waiting", "put off", "accepted", "refused", "in doubt")


def overview(account: Mapping[str, Any], now: float) -> Iterator[str]:
    """The lines for one ledger."""
    yield f"Ledger {account['ledger']}"
    for pause in account["pauses"]:
        yield pause_line(Pause(**pause), now)
    for eased in account["eased"]:
        yield eased_line(**eased)
    if not account["campaigns"]:
        yield "It holds no campaign."
    several = len(account["campaigns"]) > 1
    for campaign in account["campaigns"]:
        yield ""
        name = campaign["name"] if several else ""
        yield from _campaign(account["ledger"], campaign, now, name)


def _campaign(
    ledger: str, campaign: Mapping[str, Any], now: float, name: str
) -> Iterator[str]:
    """The lines for one campaign; `name` is what a command must say, if anything."""
    place, seeds = _place(ledger, name), seeds_words(campaign["seeds"])
    yield f"{campaign['name']}: {people(campaign['enrolled'])}{seeds}"
    if line := kind_line(campaign["kind"], campaign["about"]):
        yield f"  {line}"
    yield from _ordered(campaign, now)
    yield from _counts(campaign)
    for line in heard_lines(campaign["heard"]):
        yield f"  {line}"
    yield from _waiting(campaign, now)
    yield from _providers(campaign["providers"])
    for line in ordered_lines(campaign, ledger, now, name):
        yield f"  {line}"
    for allowance in campaign["allowed"]:
        yield f"  Allowed: {allowance}"
    if line := kept_line(campaign, shlex.quote(ledger), now):
        yield f"  {line}"
    if campaign["purged"] is not None:
        return
    if not campaign["enrolled"] and not campaign["counts"]:
        yield "  Nobody is enrolled yet: 'safesend send' or 'safesend enrol' does that."
    if State.IN_DOUBT.value in campaign["counts"]:
        yield f"  Who is in doubt, and how to decide: safesend resolve {place}"
    yield from _senders(campaign["senders"], now)
    yield from _next(place, once_more(ledger), campaign, now)


def _ordered(campaign: Mapping[str, Any], now: float) -> Iterator[str]:
    """That it is paused or cancelled: by whom, since when, and why."""
    if word := _CONTROL[Control(campaign["control"])]:
        whole = next(one for one in campaign["held"] if not one["provider"])
        by = f" by {whole['actor']}" if whole["actor"] else ""
        since = f" since {moment(whole['since'], now)}"
        why = f": {whole['reason']}" if whole["reason"] else "."
        yield f"  {word.format(by + since)}{why}"


def _counts(campaign: Mapping[str, Any]) -> Iterator[str]:
    for state, number in campaign["counts"].items():
        yield f"  {count(number):>9}  {WORDS[State(state)]}"
        for reason in campaign["reasons"].get(state, [])[:_REPLIES_SHOWN]:
            if reason["reply"]:
                yield f"             {count(reason['count'])}: {reason['reply']}"


def _waiting(campaign: Mapping[str, Any], now: float) -> Iterator[str]:
    if campaign["deferred"]:
        yield f"  {people(campaign['deferred'])} put off by the server."
    since = campaign["oldest"]
    if since is not None:
        ago = duration(max(0.0, now - since))
        yield f"  Who waits longest was first tried at {moment(since, now)}, {ago} ago."


def _providers(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """A small table; with one provider it would say nothing new."""
    if len(rows) <= 1:
        return
    shown = [(row["provider"] or "-", row) for row in rows[:_PROVIDERS_SHOWN]]
    if others := rows[_PROVIDERS_SHOWN:]:
        sums: dict[str, int] = {}
        for row in others:
            for key in row.keys() - {"provider"}:
                sums[key] = sums.get(key, 0) + row[key]
        shown.append((f"{count(len(others))} others", sums))
    lines = [(name, _cells(row)) for name, row in shown]
    first = max(len(name) for name, _ in lines)
    heads = "".join(f"  {head:>9}" for head in _COLUMNS)
    yield f"  {'':{first}}{heads}"
    for name, cells in lines:
        yield f"  {name:{first}}{''.join(f'  {cell:>9}' for cell in cells)}".rstrip()


def _cells(row: Mapping[str, Any]) -> list[str]:
    """In the order of the columns; whoever was put off waits as well."""
    waiting = row.get("waiting", 0) + row.get("sending", 0)
    told = (row.get(key, 0) for key in ("deferred", "accepted", "refused", "in_doubt"))
    return [count(number) if number else "" for number in (waiting, *told)]


def _senders(senders: Sequence[Mapping[str, Any]], now: float) -> Iterator[str]:
    for one in senders:
        who = f"process {one['pid']}" if one["pid"] else f"run {one['run']}"
        if not one["alive"]:
            yield f"  A run died ({who}); the next one settles what it left."
            continue
        since = moment(one["started"], now)
        yield f"  Sending now: {who}, through {one['relay']}, since {since}"
        if one["told_at"]:
            yield f"    {_speed(one, now)}"
        if limit := restored(one["limit"]):
            yield f"    What limits the pace: {whole(limit, now)}"


def _speed(one: Mapping[str, Any], now: float) -> str:
    if (silent := now - one["told_at"]) > _SILENT:
        return f"It said nothing for {duration(silent)}: perhaps it is held or hangs."
    parts = [f"{one['rate'] or 0:,.0f}/s"]
    if one["eta"] is not None:
        parts.append(f"about {duration(one['eta'])} left")
    if one["lanes"]:
        open_, most = count(one["sessions"] or 0), count(one["lanes"])
        parts.append(f"{open_} of {most} connections open")
    return ", ".join(parts)


def _place(ledger: str, name: str) -> str:
    """What follows the command, as a shell takes it."""
    return shlex.join([ledger, *(["--campaign", name] if name else [])])


def _next(
    place: str, again: str, campaign: Mapping[str, Any], now: float
) -> Iterator[str]:
    if campaign["pilot"] is not None:
        yield f"  {_pilot(place, campaign['pilot'], now)}"
    due = campaign["next_due"]
    if campaign["control"] == Control.PAUSE.value:
        yield f"  To go on: safesend resume {place}, then send again."
    elif due is not None and not any(one["alive"] for one in campaign["senders"]):
        at = f"at {when(due, now)}" if due > now else "now"
        yield f"  No process is sending now. The next is due {at}: {again}."


def _pilot(place: str, pilot: Mapping[str, Any], now: float) -> str:
    why = pilot["why"][0].upper() + pilot["why"][1:]
    if pilot["until"] is not None:
        at = when(pilot["until"], now)
        return f"{why}. The others may go at {at}: run 'safesend send' then."
    return f"{why}. To let the others have it: safesend approve {place}"
