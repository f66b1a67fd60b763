"""What every ledger promises of the kinds of its campaigns and rows."""

from __future__ import annotations

import attrs

from safesend.ledger.base import Ledger, Result, State
from safesend.testing.ledger_rows import NOW, PRINT, claimed_rows, make_rows

__all__ = ["seeds_are_told_apart", "what_a_campaign_is_is_kept"]


def what_a_campaign_is_is_kept(ledger: Ledger) -> None:
    """Its kind and what it is about, without an address in clear."""
    record = ledger.campaign("spring (redirected)", NOW)
    assert (record.kind, record.about, record.is_trial) == ("", "", False)
    ledger.kinds.describe(record.id, "redirected", "to quality@example.org")
    [found] = ledger.campaigns()
    assert found == attrs.evolve(
        record, kind="redirected", about="to q…@example.org"
    ), "kind or about were not kept, or not masked"
    assert found.is_trial
    assert ledger.campaign(record.name, NOW + 1) == found


def seeds_are_told_apart(ledger: Ledger) -> None:
    """Each row says when it is claimed whether it is a seed; live ones are counted."""
    campaign = ledger.campaign("spring", NOW).id
    ledger.begin_draft(campaign)
    rows = [attrs.evolve(row, kind=int(n in {0, 3})) for n, row in enumerate(_SIX)]
    ledger.enrol(campaign, rows)
    assert not sum(ledger.kinds.seeds(campaign).values()), "a draft was counted"
    ledger.go_live(campaign, PRINT, NOW)
    other = ledger.campaign("summer", NOW).id
    run, claimed = claimed_rows(ledger, campaign, 2)
    assert [row.kind for row in claimed] == [1, 0]
    ledger.record(run, [Result(claimed[0].id, State.ACCEPTED)], NOW)
    found = {state: n for state, n in ledger.kinds.seeds(campaign).items() if n}
    assert found == {State.ACCEPTED: 1, State.WAITING: 1}
    assert ledger.counts(campaign)[State.ACCEPTED] == 1, "a seed is counted as well"
    assert not sum(ledger.kinds.seeds(other).values())


_SIX = make_rows(6)
