"""The two mailings of the demo: one that goes through, one that is killed midway."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import attrs

from safesend.cli.crowd import write_people
from safesend.cli.folder import CampaignFolder, open_folder
from safesend.cli.init import write_folder
from safesend.cli.proof import Arrived, Proof, prove
from safesend.clock import SYSTEM
from safesend.engine.report import Report
from safesend.errors import SafesendError
from safesend.ledger.base import State

__all__ = ["Killed", "Mailed", "Server", "killed_midway", "mailed"]

_PATIENCE = 60.0
_LOOK_EVERY = 0.005
_SECONDS_TO_SEND = 0.8
"""How long the second mailing is stretched, so that there is a middle to kill it in."""


class Server(Protocol):
    """What the demo needs of a mail server."""

    @property
    def port(self) -> int:
        """Where it listens on the loopback interface."""

    @property
    def messages(self) -> Sequence[Arrived]:
        """Everything that it took, in order."""


@attrs.frozen
class Mailed:
    """The first mailing: its account, and what arrived."""

    report: Report
    proof: Proof


@attrs.frozen(kw_only=True)
class Killed:
    """The second mailing: how far it was when it died, and what arrived in the end."""

    recipients: int
    before: int
    """Messages that had arrived when the process was killed."""
    report: Report
    """The account after it was run again."""
    received: int
    max_copies: int
    arrived_in_doubt: int
    """Of the people in doubt: those who got it. Only the server can know."""
    forgotten: int
    """People who got nothing and are not in doubt: there must be none."""

    @property
    def ok(self) -> bool:
        """It really was interrupted, and nobody was mailed twice or forgotten."""
        interrupted = self.before < self.recipients and self.received > self.before
        return interrupted and self.max_copies == 1 and self.forgotten == 0


def mailed(place: Path, number: int, server: Server) -> Mailed:
    """Send to so many people and read back what the server took."""
    folder, audience = _prepared(place, number)
    report = folder.campaign().send(_url(server), ledger=folder.ledger)
    return Mailed(report, prove(server.messages, audience))


def killed_midway(place: Path, number: int, server: Server) -> Killed:
    """Send with the command line, kill -9 it halfway, and send again."""
    folder, audience = _prepared(place, number)
    before = _killed_at(folder, number // 2, _url(server), server, number)
    campaign = folder.campaign()
    report = campaign.send(_url(server), ledger=folder.ledger)
    copies = Counter(name for one in server.messages for name in one.recipients)
    doubtful = frozenset(
        recipient.address.wire
        for recipient, state, _ in report.outcomes(campaign.audience)
        if state is State.IN_DOUBT
    )
    return Killed(
        recipients=number,
        before=before,
        report=report,
        received=len(server.messages),
        max_copies=max(copies.values(), default=0),
        arrived_in_doubt=len(doubtful & copies.keys()),
        forgotten=len(audience - copies.keys() - doubtful),
    )


def _prepared(place: Path, number: int) -> tuple[CampaignFolder, frozenset[str]]:
    folder = place / "mailing"
    write_folder(folder, "mailing")
    audience = write_people(folder / "people.csv", number)
    return open_folder(folder), audience


def _url(server: Server) -> str:
    return f"smtp+insecure-plaintext://127.0.0.1:{server.port}"


def _killed_at(
    folder: CampaignFolder, middle: int, url: str, server: Server, number: int
) -> int:
    """Run `safesend send` until so many messages arrived; gives how many did."""
    rate = f"{number / _SECONDS_TO_SEND:.0f}/s"
    where = [str(folder.path), "--via", url, "--ledger", str(folder.ledger)]
    with subprocess.Popen(  # noqa: S603 - this very program, in our own folder
        [sys.executable, "-m", "safesend", "send", *where, "--rate", rate, "--yes"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as child:
        try:
            _await(server, middle, child)
        finally:
            child.kill()
    return len(server.messages)


def _await(server: Server, middle: int, child: subprocess.Popen[bytes]) -> None:
    until = SYSTEM.monotonic() + _PATIENCE
    while len(server.messages) < middle and SYSTEM.monotonic() < until:
        try:
            child.wait(_LOOK_EVERY)
        except subprocess.TimeoutExpired:
            continue
        said = child.stderr.read() if child.stderr else b""
        raise SafesendError(f"the second mailing ended early: {said.decode()}")
