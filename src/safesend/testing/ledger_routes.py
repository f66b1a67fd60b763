"""What every ledger promises of providers, routes, and what it learned of them."""

from __future__ import annotations

from collections import Counter

import attrs

from safesend.clock import SYSTEM
from safesend.ledger.base import Ledger, Result, Row, Shares, State
from safesend.ledger.flow import Arrivals, Flow, LeftOut
from safesend.ledger.granted import GrantedArrivals, Need
from safesend.policies.throttle import Pace
from safesend.testing.ledger_rows import (
    NOW,
    PRINT,
    account_of,
    claimed_rows,
    digest,
    live_campaign,
    make_rows,
    payload,
)

__all__ = [
    "a_held_provider_gets_nothing",
    "a_mailbox_that_is_none_is_not_written_to_again",
    "a_relay_that_knows_a_message_gets_it_again",
    "a_share_is_never_exceeded",
    "a_wrong_suppression_can_be_lifted",
    "an_answer_without_a_try_still_dates_the_row",
    "arrivals_are_kept_by_name",
    "providers_take_turns",
    "what_is_in_doubt_can_be_looked_at",
    "what_was_learned_of_a_route_is_kept",
    "who_comes_first_gets_its_share_at_once",
]

_PROVIDERS = ("google", "yahoo", "example.org")


def _providers(rows: list[Row]) -> Counter[str]:
    return Counter(row.provider for row in rows)


def providers_take_turns(ledger: Ledger) -> None:
    """However the list is sorted, nobody waits for another provider to be through."""
    campaign = ledger.campaign("spring", NOW).id
    ledger.begin_draft(campaign)
    rows = make_rows(90)
    sorted_list = [
        attrs.evolve(row, provider=_PROVIDERS[number // 30])
        for number, row in enumerate(rows)
    ]
    ledger.enrol(campaign, sorted_list)
    ledger.go_live(campaign, PRINT, NOW)
    run = ledger.start_run(campaign, NOW)
    seen: Counter[str] = Counter()
    for _ in range(9):
        claimed = ledger.claim(campaign, run, 10, NOW)
        assert len(claimed) == 10
        seen += _providers(claimed)
        assert max(seen.values()) - min(seen[name] for name in _PROVIDERS) <= 10
    assert ledger.claim(campaign, run, 10, NOW) == []


def a_held_provider_gets_nothing(ledger: Ledger) -> None:
    """Its rows wait, fresh or put off, and the others do not wait for it."""
    campaign = live_campaign(ledger, 12, providers=_PROVIDERS)
    run, rows = claimed_rows(ledger, campaign, 12)
    later = [Result(row.id, State.WAITING, NOW + row.id) for row in rows[:6]]
    ledger.record(run, later, NOW)
    ledger.release(run, [row.id for row in rows[6:]])
    held = Shares(special={"google": 0})
    claimed = ledger.claim(campaign, run, 99, NOW + 99, held)
    assert _providers(claimed) == {"yahoo": 4, "example.org": 4}
    assert ledger.next_due(campaign, {"google"}) is None
    assert ledger.next_due(campaign) is not None
    assert _providers(ledger.claim(campaign, run, 99, NOW + 99)) == {"google": 4}
    assert ledger.next_due(campaign) is None


def a_share_is_never_exceeded(ledger: Ledger) -> None:
    """Not by fresh rows, not by those put off, not by both together."""
    campaign = live_campaign(ledger, 30, providers=_PROVIDERS)
    run, rows = claimed_rows(ledger, campaign, 15)
    ledger.record(run, [Result(row.id, State.WAITING, NOW) for row in rows], NOW)
    shares = Shares(usual=3, special={"yahoo": 7, "google": -1})
    claimed = ledger.claim(campaign, run, 99, NOW, shares)
    assert _providers(claimed) == {"yahoo": 7, "example.org": 3}
    claimed = ledger.claim(campaign, run, 4, NOW, Shares(usual=3))
    assert len(claimed) == 4
    assert max(_providers(claimed).values()) <= 3


def who_comes_first_gets_its_share_at_once(ledger: Ledger) -> None:
    """However many providers are in turn before it; and no more than its share."""
    names = [f"d{number:02}.example" for number in range(20)]
    campaign = live_campaign(ledger, 200, providers=[*names, "google"])
    run = ledger.start_run(campaign, NOW)
    shares = Shares(special={"google": 3}, first=("google", "nobody.example"))
    for _ in range(2):
        claimed = ledger.claim(campaign, run, 8, NOW, shares)
        assert (len(claimed), _providers(claimed)["google"]) == (8, 3)


def an_answer_without_a_try_still_dates_the_row(ledger: Ledger) -> None:
    """A 421 uses up no try, but the row is known to have been asked about."""
    campaign = live_campaign(ledger, 1)
    run, [row] = claimed_rows(ledger, campaign, 1)
    reply = Result(row.id, State.WAITING, NOW + 5, attempt=False, code=421)
    ledger.record(run, [reply], NOW)
    [row] = ledger.claim(campaign, run, 1, NOW + 5)
    assert (row.attempts, row.first_tried) == (0, NOW)
    ledger.record(run, [Result(row.id, State.WAITING, NOW + 9)], NOW + 5)
    assert account_of(ledger, campaign, 0).last_tried == NOW + 5
    assert ledger.expire(campaign, NOW + 1, NOW + 9) == 1


def a_mailbox_that_is_none_is_not_written_to_again(ledger: Ledger) -> None:
    """What a server said of it once holds for later campaigns of this ledger."""
    campaign = live_campaign(ledger, 3)
    run, rows = claimed_rows(ledger, campaign, 3)
    results = [Result(row.id, State.REFUSED, code=550) for row in rows]
    results[1] = attrs.evolve(results[1], suppress=True)
    ledger.record(run, results, NOW)
    other = live_campaign(ledger, 4, "summer")
    assert account_of(ledger, other, 1).state is State.SUPPRESSED
    assert dict(ledger.counts(other)) == {State.WAITING: 3, State.SUPPRESSED: 1}
    _, claimed = claimed_rows(ledger, other, 9)
    assert [row.payload for row in claimed] == [payload(n) for n in (0, 2, 3)]


def a_wrong_suppression_can_be_lifted(ledger: Ledger) -> None:
    """A person may know better than the server; the next campaign believes them."""
    assert dict(ledger.suppressions()) == {}
    campaign = live_campaign(ledger, 3)
    mailboxes = [row.suppression for row in make_rows(3)]
    run, rows = claimed_rows(ledger, campaign, 3)
    gone = [Result(row.id, State.REFUSED, suppress=True) for row in rows[:2]]
    for number, result in enumerate(gone):
        ledger.record(run, [result], NOW + number)
    assert [ledger.suppressed(one) for one in mailboxes] == [True, True, False]
    assert ledger.suppressions() == {"spring": LeftOut(2, NOW, NOW + 1)}
    summer = live_campaign(ledger, 3, "summer")
    assert _lifted(ledger, mailboxes[0])
    assert not _lifted(ledger, mailboxes[0])
    assert not _lifted(ledger, mailboxes[2])
    assert [ledger.suppressed(one) for one in mailboxes] == [False, True, False]
    assert ledger.suppressions() == {"spring": LeftOut(1, NOW + 1, NOW + 1)}
    autumn = live_campaign(ledger, 3, "autumn")
    assert account_of(ledger, summer, 0).state is State.SUPPRESSED
    assert account_of(ledger, autumn, 0).state is State.WAITING
    assert account_of(ledger, autumn, 1).state is State.SUPPRESSED
    assert ledger.counts(summer) == {State.SUPPRESSED: 2, State.WAITING: 1}


def _lifted(ledger: Ledger, mailbox: bytes) -> bool:
    return ledger.lift(mailbox, actor="ada", reason="a test", now=NOW)


def what_is_in_doubt_can_be_looked_at(ledger: Ledger) -> None:
    """Who, since when, and at which relay: what a person needs for a decision."""
    campaign = live_campaign(ledger, 3)
    run = ledger.start_run(campaign, NOW, "smtp://relay.example")
    one, other, _ = ledger.claim(campaign, run, 3, NOW)
    doubted = Result(one.id, State.IN_DOUBT, text="the line broke")
    ledger.record(run, [doubted, Result(other.id, State.ACCEPTED)], NOW + 7)
    [doubt] = ledger.doubts(campaign)
    assert (doubt.digest, doubt.payload) == (digest(0), payload(0))
    assert (doubt.since, doubt.relay) == (NOW + 7, "smtp://relay.example")
    assert (doubt.provider, doubt.text) == ("example.org", "the line broke")
    ledger.end_run(run, NOW + 8)
    [_, crashed] = ledger.doubts(campaign)
    assert (crashed.digest, crashed.relay) == (digest(2), "smtp://relay.example")


def a_relay_that_knows_a_message_gets_it_again(ledger: Ledger) -> None:
    """Only what that very relay may have taken, and only while it remembers."""
    campaign = live_campaign(ledger, 3)
    for number, relay in enumerate(("one:", "one:", "two:")):
        run = ledger.start_run(campaign, NOW + number, relay)
        [row] = ledger.claim(campaign, run, 1, NOW + number)
        ledger.record(run, [Result(row.id, State.IN_DOUBT)], NOW + number)
        ledger.end_run(run, NOW + number)
    assert ledger.resend_known(campaign, "one:", NOW + 1, NOW + 9) == 0
    assert ledger.resend_known(campaign, "one:", NOW + 0.5, NOW + 9) == 1
    assert account_of(ledger, campaign, 1).state is State.WAITING
    assert ledger.counts(campaign)[State.IN_DOUBT] == 2


def what_was_learned_of_a_route_is_kept(ledger: Ledger) -> None:
    """The last word counts; when it was first used is never forgotten."""
    assert ledger.flows() == []
    ledger.note_flows([])
    flow = Flow(
        route="smtp://relay.example",
        provider="google",
        began=NOW,
        window=3,
        easing=(1.5, 20.0, NOW),
        paused_until=NOW + 600,
        reason="421 4.7.28 slow down",
        changed=NOW,
    )
    other = attrs.evolve(flow, provider="", easing=None, began=None, changed=NOW + 5)
    ledger.note_flows([flow, other])
    assert sorted(ledger.flows(), key=lambda one: one.provider) == [other, flow]
    assert ledger.flows(NOW) == [other]
    later = attrs.evolve(flow, began=NOW + 50, paused_until=0.0, changed=NOW + 6)
    ledger.note_flows([later])
    assert ledger.flows(NOW + 5) == [attrs.evolve(later, began=NOW)]


def arrivals_are_kept_by_name(ledger: Ledger) -> None:
    """One limit for each throttle, the same for all who send with this ledger."""
    ours, others = ledger.arrivals(), ledger.arrivals()
    assert ours.slot("all") == ours.slot("all") != ours.slot("google")
    assert _goes(ours, "all")
    assert not _goes(ours, "all")
    assert not _goes(others, "all")
    assert _goes(others, "google")


def _goes(arrivals: Arrivals, name: str) -> bool:
    """Whether the next message may go, at one in ten seconds."""
    paces = [(arrivals.slot(name), Pace(0.1))]
    now = SYSTEM.monotonic()
    if isinstance(arrivals, GrantedArrivals):
        asks = arrivals.asks({slot: Need(pace, 1) for slot, pace in paces}, now)
        grants = arrivals.issuer.grant(asks)
        now = SYSTEM.monotonic()
        # As if they had come at once: of cells that come late none may be used.
        arrivals.fed(grants, now, now)
    held = arrivals.take(paces, now)
    assert (held is None) or arrivals.wait(paces, now)[0] > 0
    return held is None
