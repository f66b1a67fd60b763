"""Whether people agreed to what would be sent, asked before anything goes live."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Sequence

import attrs

from safesend.engine.safety import Safety
from safesend.errors import ApprovalNeeded, CampaignChanged
from safesend.ledger.base import CampaignRecord, Ledger
from safesend.ledger.consent import distinct
from safesend.ledger.history import Approval
from safesend.message.compile import CompiledMessage
from safesend.message.content import ContentDigest, short_form
from safesend.message.rowdata import packed, unpack
from safesend.policies.pilot import Pilot

__all__ = ["Consenting", "begin_digest"]


def begin_digest(
    secret: bytes, name: str, compiled: CompiledMessage, safety: Safety
) -> ContentDigest:
    """The digest of a campaign to which its rows are to be added, in their order."""
    items = [name.encode(), compiled.fingerprint, *_letter(compiled), *_said(safety)]
    return ContentDigest(secret, items)


def _letter(compiled: CompiledMessage) -> Iterator[bytes]:
    """What the fingerprint leaves open: the order of headers, how many files."""
    template = compiled.template
    yield "\n".join(template.headers).encode()
    yield b"%d %d" % (len(template.attachments), len(template.inline))


def _said(safety: Safety) -> Iterator[bytes]:
    """What the checks were told, group by group: less is checked where that changes."""
    groups = (
        [text for one in safety.allow for text in (one.check, one.place, one.reason)],
        [text for pair in safety.verify for text in pair],
        [address.wire for address in safety.public],
        safety.phrases,
        safety.private,
    )
    for group in groups:
        yield b"%d" % len(group)
        yield from (text.encode(errors="surrogatepass") for text in group)


@attrs.frozen(kw_only=True)
class Consenting:
    """What one call asks of a ledger before rows go live.

    `approvals` is how many people must have approved, None where the call says
    nothing; `confirmed`: a person confirmed changes by name.
    """

    ledger: Ledger
    record: CampaignRecord
    fingerprint: bytes
    approvals: int | None
    pilot: Pilot | None
    confirmed: bool
    actor: str
    now: float
    _earlier: set[bytes] = attrs.field(factory=set, init=False, repr=False)
    """Who waits as an earlier call enrolled them, and was not met in the list yet."""

    def begin(self) -> None:
        """The list is read now, row by row."""
        consent, campaign = self.ledger.consent, self.record.id
        if self.record.live and (self.approvals or consent.needed(campaign)):
            waiting = map(unpack, consent.awaiting(campaign))
            self._earlier.update(_mark(packed(row).content) for row in waiting)

    def meet(self, content: bytes) -> None:
        """A row of the list says this."""
        if self._earlier:
            self._earlier.discard(_mark(content))

    def admit(self, digest: bytes) -> None:
        """Let this content go live, and note the pilot with which it begins.

        Raises `ApprovalNeeded` and `CampaignChanged`.
        """
        consent, campaign = self.ledger.consent, self.record.id
        needed = self._needed()
        if needed and self._earlier:
            raise CampaignChanged(_unlike(self.record.name, len(self._earlier)))
        approvals = consent.approvals(campaign)
        given = distinct([one for one in approvals if one.digest == digest])
        if len(given) < needed:
            raise ApprovalNeeded(
                _missing(self.record.name, needed, given, digest, approvals),
                needed=needed,
                given=len(given),
                digest=short_form(digest),
            )
        consent.plan_pilot(campaign, self.pilot, self.fingerprint)

    def _needed(self) -> int:
        """How many must approve; what was asked for once holds for every later call."""
        consent, wanted = self.ledger.consent, self.approvals
        known = consent.needed(self.record.id)
        if wanted is None or wanted == known:
            return known
        if wanted < known and not self.confirmed:
            raise CampaignChanged(
                f"the campaign {self.record.name!r} needs {_people(known)} to approve"
                f" it, and is now told that {wanted} would do; nothing was sent. Ask"
                f" for {known} as before, or confirm with confirm_changes=True"
                " (--confirm-changes)"
            )
        consent.need(self.record.id, wanted, actor=self.actor, now=self.now)
        return wanted


def _mark(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).digest()


def _unlike(name: str, number: int) -> str:
    wait = "1 person waits" if number == 1 else f"{number} people wait"
    return (
        f"{wait} in the campaign {name!r} as an earlier call enrolled them, and in this"
        " list they are missing or have other values: they would get what nobody"
        " approved; nothing was sent. Send the list as it was, or 'safesend forget'"
        " whoever shall get nothing, or cancel the campaign and give the new list a"
        " name of its own"
    )


def _missing(
    name: str,
    needed: int,
    given: Sequence[str],
    digest: bytes,
    approvals: Sequence[Approval],
) -> str:
    who = f" ({', '.join(given)})" if given else ""
    text = (
        f"{_people(needed)} must approve what the campaign {name!r} would send"
        f" ({short_form(digest)}), and {len(given)} did{who}; nothing was sent. "
    )
    others = [one for one in approvals if one.digest != digest]
    if others and not given:
        last = others[-1]
        text += (
            f"{last.actor} approved {short_form(last.digest)} on {_date(last.at)}, but"
            " the letter, the sender, the list or what the checks are told changed"
            " since: that approval is void. "
        )
    return text + "Whoever has looked at it: safesend approve DIR"


def _people(number: int) -> str:
    return "1 person" if number == 1 else f"{number} people"


def _date(seconds: float) -> str:
    return f"{dt.datetime.fromtimestamp(seconds, dt.UTC):%Y-%m-%d %H:%M} UTC"
