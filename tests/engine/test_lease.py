import math

from safesend.engine.lease import Lease


def test_on_one_machine_it_has_no_end():
    """
    A process there is seen to live.
    """
    lease = Lease()
    lease.renewed(5.0)
    assert lease.until == math.inf


def test_it_ends_so_long_after_the_ledger_was_asked():
    """
    Not after it answered: the ledger counts from a moment before that.
    """
    lease = Lease(60.0)
    lease.renewed(5.0)
    assert lease.until == 65.0
