"""The past of the campaigns of a ledger in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import attrs

from safesend.ledger.drawer import Drawer, Entry
from safesend.ledger.heard import Heard
from safesend.ledger.history import (
    Bucket,
    Chronicle,
    Order,
    Passed,
    PastRun,
    RehearsalNote,
    Replied,
    Sessions,
    Share,
    Switch,
    Timeline,
    bucket_width,
    leads_to_host,
)
from safesend.ledger.own_runs import OwnRun
from safesend.ledger.replies import reason as reply
from safesend.ledger.values import State
from safesend.redaction import mask_text

__all__ = ["MemoryHistory"]

_OK = range(200, 300)


@attrs.define
class MemoryHistory:
    """See `History`. `drawer` gives the rows of a campaign."""

    drawer: Callable[[int], Drawer]
    _orders: list[tuple[int, Order]] = attrs.field(factory=list)
    _rehearsals: list[tuple[int, RehearsalNote]] = attrs.field(factory=list)
    _runs: dict[int, tuple[int, PastRun]] = attrs.field(factory=dict)
    _switches: list[tuple[int, Switch]] = attrs.field(factory=list)
    _sessions: Counter[tuple[int, str, str]] = attrs.field(factory=Counter)

    def order(self, campaign: int, order: Order) -> None:
        """Somebody ordered something."""
        actor, why = mask_text(order.actor), mask_text(order.reason)
        self._orders.append((campaign, attrs.evolve(order, actor=actor, reason=why)))

    def begin_run(self, number: int, run: OwnRun, actor: str) -> None:
        """A run begins."""
        past = PastRun(
            number=number,
            started=run.started,
            ended=None,
            relay=run.relay,
            actor=mask_text(actor),
            stopped="",
            alive=True,
        )
        self._runs[number] = run.campaign, past

    def end_run(self, number: int, now: float, stopped: str) -> None:
        """A run ends, before its work is done for the reason that it gives."""
        campaign, past = self._runs[number]
        past = attrs.evolve(past, ended=now, stopped=mask_text(stopped), alive=False)
        self._runs[number] = campaign, past

    def note_rehearsal(self, campaign: int, note: RehearsalNote) -> None:
        """See `History.note_rehearsal`."""
        note = attrs.evolve(note, actor=mask_text(note.actor))
        self._rehearsals.append((campaign, note))

    def note_sessions(self, run: int, sessions: Sequence[Sessions]) -> None:
        """See `History.note_sessions`."""
        campaign, _ = self._runs[run]
        for one in sessions:
            self._sessions[campaign, one.route, one.security] += one.number

    def note_switches(self, campaign: int, switches: Sequence[Switch]) -> None:
        """See `History.note_switches`."""
        for one in switches:
            masked = attrs.evolve(one, reason=mask_text(one.reason))
            self._switches.append((campaign, masked))

    def purge(self, campaign: int) -> None:
        """What may name somebody goes: domains, digests of lists, words of runs."""
        self._orders = [
            (of, _nameless(order) if of == campaign else order)
            for of, order in self._orders
        ]
        self._rehearsals = [
            (of, attrs.evolve(note, digest=b"") if of == campaign else note)
            for of, note in self._rehearsals
        ]
        self._switches = [
            (of, _wordless(one) if of == campaign else one)
            for of, one in self._switches
        ]
        for of, route, security in list(self._sessions):
            if of == campaign and leads_to_host(route):
                del self._sessions[of, route, security]
        for number, (of, past) in self._runs.items():
            if of == campaign:
                self._runs[number] = of, attrs.evolve(past, stopped="")

    def chronicle(self, campaign: int, now: float) -> Chronicle:  # noqa: ARG002
        """See `History.chronicle`."""
        drawer = self.drawer(campaign)
        rows, pilot = list(drawer.rows.values()), drawer.papers.pilot
        accepted = [row for row in rows if row.state is State.ACCEPTED]
        said = _dates(row.last_tried for row in accepted if not _trusted(row))
        waiting = (row.first_tried for row in rows if row.state is State.WAITING)
        return Chronicle(
            name=drawer.name,
            created=drawer.created,
            live_since=drawer.live_since,
            begins=drawer.ordered.begins,
            control=drawer.ordered.control,
            holds={hold.provider: hold.control for hold in drawer.ordered.holds},
            enrolled=drawer.enrolled,
            keep_for=drawer.keep_for,
            purged=drawer.purged,
            fingerprint=drawer.fingerprint,
            pilot=None if pilot is None else pilot.terms.first,
            pilot_over=None if pilot is None else pilot.over,
            counts=drawer.live_counts(),
            heard={one: drawer.heard[one] for one in Heard if drawer.heard[one]},
            on_trust=sum(map(_trusted, accepted)),
            shares=_shares(rows),
            attempts=dict(sorted(Counter(row.attempts for row in rows).items())),
            replies=_replies(rows),
            timeline=_timeline(rows),
            first_tried=min(_dates(row.first_tried for row in rows), default=None),
            waiting_since=min(_dates(waiting), default=None),
            first_accepted=min(said, default=None),
            last_accepted=max(said, default=None),
            orders=tuple(order for of, order in self._orders if of == campaign),
            approvals=tuple(drawer.papers.approvals),
            passed=tuple(Passed(at, what) for what, at in drawer.allowances.items()),
            rehearsals=tuple(note for of, note in self._rehearsals if of == campaign),
            switches=tuple(one for of, one in self._switches if of == campaign),
            runs=tuple(run for of, run in self._runs.values() if of == campaign),
            sessions=tuple(
                Sessions(route, security, number)
                for (of, route, security), number in sorted(self._sessions.items())
                if of == campaign
            ),
        )


def _wordless(switch: Switch) -> Switch:
    provider = "" if "." in switch.provider else switch.provider
    return attrs.evolve(switch, provider=provider, reason="")


def _nameless(order: Order) -> Order:
    return attrs.evolve(order, provider="") if "." in order.provider else order


def _dates(dates: Iterable[float | None]) -> list[float]:
    return [date for date in dates if date is not None]


def _trusted(row: Entry) -> bool:
    """Accepted after a doubt and without a server's yes, so somebody decided it."""
    return row.doubted is not None and row.code not in _OK


def _shares(rows: Iterable[Entry]) -> tuple[Share, ...]:
    numbers = Counter((row.provider, row.state) for row in rows)
    return tuple(Share(*of, number) for of, number in sorted(numbers.items()))


def _replies(rows: Iterable[Entry]) -> tuple[Replied, ...]:
    numbers = Counter(
        (row.state, reply(row.code, row.enhanced, row.text))
        for row in rows
        if row.state not in {State.ACCEPTED, State.SENDING}
        if row.put_off or row.state is not State.WAITING
    )
    return tuple(Replied(*of, number) for of, number in numbers.most_common())


def _timeline(rows: Sequence[Entry]) -> Timeline:
    dates = _dates(row.last_tried for row in rows)
    if not dates:
        return Timeline()
    width = bucket_width(min(dates), max(dates))
    pieces: dict[float, Counter[str]] = {}
    words = {State.ACCEPTED: "accepted", State.REFUSED: "refused"}
    for row in rows:
        if row.last_tried is not None:
            begins = row.last_tried // width * width
            word = words.get(row.state, "other")
            pieces.setdefault(begins, Counter())[word] += 1
    return Timeline(
        width, tuple(Bucket(begins, **pieces[begins]) for begins in sorted(pieces))
    )
