"""Sending what a ledger holds, without a list: `enlist` puts it there, `join` sends it.

Whoever joins brings the keys and the suppression list of the campaign, if it has any.
Several may join at once, and any of them may go again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext

import attrs

from safesend.clock import SYSTEM
from safesend.engine import journal
from safesend.engine.audience import audience_of
from safesend.engine.content import Kept, Keys, Way, content_of, read_content
from safesend.engine.content.whole import Whole
from safesend.engine.declaration import Declaration, planned
from safesend.engine.entry import Entry
from safesend.engine.events import Listener, listener
from safesend.engine.inspection import Inspector
from safesend.engine.leaving import must_be_heard
from safesend.engine.mailing import Mailing
from safesend.engine.options import Options, idempotency
from safesend.engine.plan import Plan
from safesend.engine.report import Report
from safesend.engine.stop import Stop
from safesend.errors import (
    CampaignChanged,
    CampaignPurged,
    ConfigurationError,
)
from safesend.ledger.base import CampaignRecord, Ledger
from safesend.ledger.kinds import the_one
from safesend.suppression import SuppressionList
from safesend.transports.base import Transport

__all__ = ["Joint", "enlist", "join", "joint"]

_Listeners = Listener | Iterable[Listener] | None
_Reopen = Callable[[], AbstractContextManager[Ledger]]


@attrs.frozen
class Joint:
    """A campaign of a ledger that can be joined: how it stands, and what it is."""

    ledger: Ledger
    record: CampaignRecord
    kept: Kept

    def plan(self, keys: Keys, header: str | None) -> Plan:
        """The plan, to nobody; `header` is the carrier's for idempotency.

        Raises `CampaignChanged` where the rows were enrolled for another letter.
        """
        record = self.record
        booked = Entry(record.name, audience_of(()), record.kind, record.about)
        letter = self.kept.letter(keys)
        plan = planned(letter, booked, confirm_changes=False, idempotency=header)
        _refuse_other_letter(plan, record)
        return plan


def joint(ledger: Ledger, name: str | None = None) -> Joint:
    """The campaign of that name, or the only one that can be meant.

    Raises `ConfigurationError`, `CampaignPurged`, and `LedgerError` for a content that
    cannot be read.
    """
    record = _record(ledger, name)
    if record.purged is not None:
        raise CampaignPurged(record.name, record.purged)
    manifest = ledger.contents.manifest(record.id)
    if manifest is None or not record.live:
        raise ConfigurationError(
            f"the ledger {ledger.name} does not hold the letter of {record.name!r}, so"
            " nobody can join; put it there with 'safesend enrol DIR', or send it from"
            " where its folder is"
        )
    return Joint(ledger, record, read_content(manifest, ledger.contents.part))


async def enlist(
    letter: Declaration,
    options: Options,
    ledger: Ledger,
    carrier: Transport,
    *,
    way: Way | Sequence[Way] | None = None,
    on_event: _Listeners = None,
) -> CampaignRecord:
    """Rehearse and enrol everybody, and keep the campaign in the ledger; send nothing.

    A suppression list in `options` is open. Raises what `Campaign.send` raises before
    anything left, and `ConfigurationError` for what cannot be kept.
    """
    clock = ledger.clock(SYSTEM)
    settings = options.settings(carrier, clock.now())
    header, _ = idempotency(carrier)
    plan = planned(
        letter, None, confirm_changes=options.confirm_changes, idempotency=header
    )
    must_be_heard(plan.compiled.letterhead.unsubscribe_key, settings.suppression)
    content = content_of(letter, options, way)
    mailing = Mailing(
        attrs.evolve(plan, audience=Whole(plan.audience)),
        ledger,
        carrier,
        settings,
        clock,
        listener(on_event, journal.hear),
        lambda: nullcontext(ledger),
        lambda: content,
    )
    return await mailing.enrol()


async def join(
    found: Joint,
    carrier: Transport,
    *,
    keys: Keys | None = None,
    suppression: SuppressionList | None = None,
    deadline: float | str | None = None,
    lanes: int | None = None,
    on_event: _Listeners = None,
    reopen: _Reopen | None = None,
    stop: Stop | None = None,
) -> Report:
    """Send what waits in a campaign, as it was told to be sent.

    Cancelling it lets what is in flight finish and be recorded first, and gives back
    what was not begun; so does `stop`, after which the report is returned. Raises what
    `Campaign.send` raises, and `ConfigurationError` where a key or the list is missing,
    or is another one.
    """
    options = found.kept.options(
        suppression=suppression, deadline=deadline, lanes=lanes
    )
    clock = found.ledger.clock(SYSTEM)
    settings = options.settings(carrier, clock.now())
    header, _ = idempotency(carrier)
    plan = found.plan(keys or Keys(), header)
    must_be_heard(plan.compiled.letterhead.unsubscribe_key, suppression)
    mailing = _Joined(
        plan,
        found.ledger,
        carrier,
        settings,
        clock,
        listener(on_event, journal.hear),
        reopen or (lambda: nullcontext(found.ledger)),
        stop=stop,
    )
    return await mailing.mail()


@attrs.define
class _Joined(Mailing):
    """One call over rows that others enrolled."""

    def _enrolled(self) -> CampaignRecord:
        now = self.clock.now()
        record = self.ledger.campaign(self.plan.name, now)
        if record.purged is not None:
            raise CampaignPurged(record.name, record.purged)
        _refuse_other_letter(self.plan, record)
        self._keep_up()
        self.ledger.recover(record.id, now)
        # All were checked with their list when they were enrolled. What can be looked
        # for without it is: people of this campaign in messages of others.
        inspector = Inspector(
            compiled=self.plan.compiled,
            safety=self.plan.safety,
            read_file=self._files.read,
            known=self._enrolled_before(record),
            borrowed=self.plan.borrowed,
        )
        inspector.gather((), lambda _: None)
        self._look = inspector.claimed
        self._settle(record, now)
        return record


def _refuse_other_letter(plan: Plan, record: CampaignRecord) -> None:
    if plan.compiled.fingerprint != record.fingerprint:
        raise CampaignChanged(
            f"the letter that the ledger keeps of {record.name!r} is not the one that"
            " its people were enrolled for; nothing was sent. It is being changed at"
            " this moment, or was sent from a folder since: enrol it once more"
        )


def _record(ledger: Ledger, name: str | None) -> CampaignRecord:
    records = ledger.campaigns()
    if name is None:
        found = the_one(records)
    else:
        found = next((one for one in records if one.name == name), None)
    if found is not None:
        return found
    if not records:
        raise ConfigurationError(f"the ledger {ledger.name} holds no campaign yet")
    names = ", ".join(repr(one.name) for one in records)
    raise ConfigurationError(f"say which campaign of the ledger is meant: {names}")
