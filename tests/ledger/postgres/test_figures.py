from contextlib import closing

from ledger.postgres.scenes import opened
from safesend.ledger.base import Control, Result, State
from safesend.testing.ledger_rows import (
    NOW,
    ask_for,
    claimed_rows,
    digest,
    live_campaign,
)


def test_numbers_are_those_of_one_campaign(postgres, tmp_path):
    """
    What another campaign of the ledger does is nothing to it.
    """
    with closing(opened(postgres, tmp_path)) as ledger:
        campaign = live_campaign(ledger, 3)
        other = live_campaign(ledger, 2, name="summer")
        run, [row] = claimed_rows(ledger, campaign, 1)
        later = Result(row.id, State.WAITING, not_before=NOW + 9, attempt=True)
        ledger.record(run, [later], NOW)
        ask_for(ledger, other, Control.PAUSE)
        assert dict(ledger.counts(campaign)) == {State.WAITING: 3}
        assert ledger.deferred(campaign) == 1
        assert ledger.deferred(other) == 0
        assert ledger.control(campaign) is Control.RUN
        assert ledger.control(other) is Control.PAUSE
        assert dict(ledger.reasons(campaign, State.WAITING)) == {"": 1}
        assert ledger.account(other, digest(0)).attempts == 0
        assert ledger.account(other, digest(9)) is None
