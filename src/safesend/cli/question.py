"""What is told before anything is sent, and the one question."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from safesend.cli import show
from safesend.cli.check import tell_findings
from safesend.cli.exits import Exit
from safesend.cli.ledgers import done_before
from safesend.cli.lists import kept_back
from safesend.clock import SYSTEM
from safesend.ledger.kinds import REDIRECTED
from safesend.ledger.whereabouts import shown
from safesend.redaction import mask_text

if TYPE_CHECKING:
    from safesend.campaign import Campaign
    from safesend.cli.caution import Caution
    from safesend.cli.folder import CampaignFolder
    from safesend.cli.pacing import Pacing
    from safesend.transports.base import Transport

__all__ = ["ask", "beginning_of"]


def ask(
    folder: CampaignFolder,
    campaign: Campaign,
    transport: Transport,
    *,
    caution: Caution,
    shared: Path | None,
    ledger: str,
    begins: float | None = None,
) -> Exit | None:
    """Rehearse and ask; None when the answer is yes. `shared` is a suppression list."""
    booked = campaign.booked
    done = done_before(ledger, booked.name)
    rehearsal = campaign.rehearse()
    tell_findings(rehearsal)
    if not rehearsal.ok:
        show.say("Nothing was sent. Mend this, then send again.", err=True)
        return Exit.PROBLEMS
    show.say(f"From      {folder.settings.sender}", err=True)
    show.say(f"Subject   {mask_text(campaign.template.subject)}", err=True)
    show.say(f"Through   {transport.name}", err=True)
    show.say(f"Ledger    {shown(ledger)}", err=True)
    if done:
        show.say(
            f"{show.people(done)} were done in an earlier run and get nothing again.",
            err=True,
        )
    if begins is not None:
        show.say(f"Begins    {show.when(begins, SYSTEM.now())}", err=True)
    if words := caution.words(rehearsal.recipients):
        show.say(f"Pilot     {words}", err=True)
    if out := kept_back(shared, campaign.audience):
        number = show.people(out)
        show.say(f"On the suppression list, and left out: {number}.", err=True)
    if rehearsal.seeds:
        show.say(f"Seeds     {show.count(rehearsal.seeds)} of the messages", err=True)
    question = _question(rehearsal.recipients, done)
    if booked.kind == REDIRECTED:
        question = f"{show.count(rehearsal.recipients)} messages {booked.about}. Send?"
    if click.confirm(question, err=True):
        return None
    show.say("Nothing was sent.", err=True)
    return Exit.OK


def beginning_of(pacing: Pacing) -> float | None:
    """When it begins, if not at once; a date that is past may be a slip."""
    from safesend.engine.beginning import Beginning

    begins = Beginning.of(pacing.delay or 0, pacing.start).date(SYSTEM.now())
    if pacing.start is not None and begins is None:
        show.say(f"Note: {pacing.start} is past, so it begins at once.", err=True)
    return begins


def _question(recipients: int, done: int) -> str:
    if done:
        return f"Go on with the rest of {show.people(recipients)}?"
    if recipients == 1:
        return "1 person will get a message. Send?"
    return (
        f"{show.people(recipients)} will each get their own message; none can see"
        " another. Send?"
    )
