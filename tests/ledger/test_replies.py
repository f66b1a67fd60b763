import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.ledger.base import State
from safesend.ledger.replies import RECORDABLE, reason, short


@pytest.mark.parametrize(
    ("parts", "shown"),
    [
        ((550, "5.1.1", "no such user"), "550 5.1.1 no such user"),
        ((550, "5.1.1", "5.1.1 no such user"), "550 5.1.1 no such user"),
        ((450, None, "later"), "450 later"),
        ((None, None, "no line"), "no line"),
        ((421, "4.3.2", None), "421 4.3.2"),
        ((None, None, None), ""),
    ],
)
def test_a_reason_reads_like_a_reply(parts, shown):
    """
    Code, enhanced code once, text.
    """
    assert reason(*parts) == shown


@given(st.text(max_size=600))
def test_a_kept_text_is_short_and_names_nobody(text):
    """
    Whatever a server writes.
    """
    kept = short(f"{text} ada@example.org")

    assert len(kept) <= 500
    assert "ada@example" not in kept


def test_only_outcomes_can_be_recorded():
    """
    Every state but those that come before an outcome.
    """
    assert set(State) - {State.DRAFT, State.SENDING} == RECORDABLE
