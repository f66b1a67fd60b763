from contextlib import closing

import pytest

from safesend.clock import SYSTEM
from safesend.errors import LedgerError
from safesend.ledger import open_ledger
from safesend.ledger.at_home import AtHome
from safesend.testing.ledger_rows import NOW, live_campaign


@pytest.mark.parametrize("place", [":memory:", "a.db"])
def test_a_ledger_of_one_machine_needs_no_windows(place, tmp_path):
    """
    Its clock is the machine's, and what is begun its marks say; who has ended begins
    nothing all the same.
    """
    where = place if place == ":memory:" else tmp_path / place
    with closing(open_ledger(where, key_home=tmp_path / "keys")) as ledger:
        assert isinstance(ledger, AtHome)
        assert ledger.clock(SYSTEM) is SYSTEM
        assert not ledger.many_machines
        assert ledger.lease == 60
        run = ledger.start_run(live_campaign(ledger, 1), NOW)
        ledger.begin(run, [1])
        ledger.end_run(run, NOW)
        with pytest.raises(LedgerError, match="has ended"):
            ledger.begin(run, [1])
