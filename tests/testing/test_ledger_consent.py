"""Ledgers that break what is promised of approvals and pilots are found out."""

import attrs
import pytest

from safesend.ledger.base import ALL
from safesend.ledger.memory import MemoryLedger
from safesend.ledger.own_consent import OwnConsent
from safesend.policies import Pilot
from safesend.testing import ledger_consent as consent


class Agreeing(OwnConsent):
    """Takes every approval for one of everything."""

    def approvals(self, campaign, digest=None):
        return super().approvals(campaign)


class Forgetting(OwnConsent):
    """Does not keep how many must approve."""

    def need(self, campaign, people, *, actor, now):
        pass


class Restless(OwnConsent):
    """Plans a pilot anew each time."""

    def plan_pilot(self, campaign, terms, fingerprint):
        super().plan_pilot(campaign, terms, b"never the same")


class Settled(OwnConsent):
    """Never begins anew."""

    def plan_pilot(self, campaign, terms, fingerprint):
        drawer = self.drawer(campaign)
        super().plan_pilot(campaign, terms, drawer.fingerprint)


class Endless(OwnConsent):
    """Says that nobody was released."""

    def release(self, campaign, *, actor, reason, now):
        super().release(campaign, actor=actor, reason=reason, now=now)
        return False


class Hopeful(OwnConsent):
    """Knows of no loss."""

    def pilot_seen(self, campaign):
        return attrs.evolve(super().pilot_seen(campaign), lost=0)


class Counting(OwnConsent):
    """Takes seeds for people."""

    def pilot_seen(self, campaign):
        people = len(self.drawer(campaign).papers.people)
        return attrs.evolve(super().pilot_seen(campaign), people=people)


class Generous(OwnConsent):
    """Has a pilot of one more."""

    def plan_pilot(self, campaign, terms, fingerprint):
        if terms is not None:
            terms = Pilot(terms.first + 1, terms.after, terms.refused)
        super().plan_pilot(campaign, terms, fingerprint)


def _with(kind):
    ledger = MemoryLedger()
    ledger.consent = kind(ledger._drawer, ledger.history.order)
    return ledger


class Greedy(MemoryLedger):
    """Looks at no share while a pilot goes."""

    def claim(self, campaign, run, limit, now, shares=ALL):
        return super().claim(campaign, run, limit, now)


@pytest.mark.parametrize(
    ("ledger", "promise"),
    [
        (_with(Agreeing), consent.an_approval_is_of_one_content),
        (_with(Forgetting), consent.what_must_be_approved_is_remembered),
        (_with(Endless), consent.a_pilot_goes_alone),
        (_with(Generous), consent.a_pilot_goes_alone),
        (_with(Restless), consent.a_pilot_begins_once),
        (_with(Generous), consent.a_pilot_is_of_those_never_tried),
        (_with(Generous), consent.a_pilot_has_its_number),
        (_with(Generous), consent.a_short_list_needs_no_pilot),
        (_with(Settled), consent.a_pilot_begins_anew_with_another_letter),
        (Greedy(), consent.a_pilot_obeys_pauses_and_shares),
        (_with(Hopeful), consent.how_a_pilot_fares_is_known),
        (_with(Counting), consent.seeds_go_with_a_pilot),
    ],
)
def test_a_broken_promise_is_noticed(ledger, promise):
    """
    A ledger that does the wrong thing fails the promise that is about it.
    """
    with pytest.raises(AssertionError):
        promise(ledger)
