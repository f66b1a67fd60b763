import pytest

from safesend.errors import ConfigurationError
from safesend.ledger.persons import Purged, Trace, refuse_unfinished
from safesend.ledger.values import State


@pytest.mark.parametrize("gone", [Purged(4, waiting=3), Purged(4, in_doubt=1)])
def test_open_rows_are_refused_with_their_number(gone):
    """
    The error says what to do with them.
    """
    with pytest.raises(ConfigurationError, match="'spring' is not finished: ") as error:
        refuse_unfinished("spring", gone)
    assert f"{gone.waiting} wait and {gone.in_doubt} are in doubt" in str(error.value)
    assert "--unfinished" in str(error.value)


def test_a_finished_campaign_is_not_refused():
    """
    However many rows it has.
    """
    refuse_unfinished("spring", Purged(4, mailboxes=2))


def test_a_trace_shows_no_data_by_accident():
    """
    The person's fields are printed on purpose only.
    """
    trace = Trace(
        "spring", State.WAITING, 0, None, None, "", None, None, "", b"ada@example.org"
    )
    assert "ada" not in repr(trace)
