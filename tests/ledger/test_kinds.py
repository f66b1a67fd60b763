"""ledger/kinds.py: which campaign is meant where none is named."""

from __future__ import annotations

import attrs
import pytest

from safesend.ledger.base import CampaignRecord, Control
from safesend.ledger.kinds import CORRECTION, REDIRECTED, TEST, the_one

SPRING = CampaignRecord(1, "spring", True, 3, b"", Control.RUN)


def _of(kind, **more):
    return attrs.evolve(SPRING, id=2, name=f"spring ({kind})", kind=kind, **more)


@pytest.mark.parametrize("kind", [TEST, REDIRECTED])
def test_a_trial_is_not_meant_beside_the_mailing(kind):
    """
    Unless there is nothing else.
    """
    assert the_one([SPRING, _of(kind)]) == SPRING
    assert the_one([_of(kind)]) == _of(kind)
    assert the_one([_of(TEST), _of(REDIRECTED)]) is None


def test_two_mailings_are_two():
    """
    A correction is a mailing like any other; what is purged is over.
    """
    correction = _of(CORRECTION)
    assert the_one([]) is None
    assert the_one([SPRING, correction]) is None
    assert the_one([attrs.evolve(SPRING, purged=1.0), correction]) == correction
    purged = attrs.evolve(SPRING, purged=1.0)
    assert the_one([purged]) == purged
