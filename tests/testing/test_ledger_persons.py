import attrs
import pytest

from safesend.ledger.memory import MemoryLedger
from safesend.ledger.memory_persons import MemoryPersons
from safesend.ledger.persons import Purged
from safesend.testing import ledger_persons as persons


class Forgetful(MemoryPersons):
    """Forgets that it purged."""

    def purge(self, campaign, *, actor, reason, now, unfinished=False):
        wish = {"actor": actor, "reason": reason, "now": now, "unfinished": unfinished}
        gone = super().purge(campaign, **wish)
        self.drawers[campaign].purged = None
        return gone


class Pretending(MemoryPersons):
    """Says that it is gone, and keeps everything."""

    def purge(self, campaign, *, actor, reason, now, unfinished=False):
        self.drawers[campaign].purged = now
        return Purged(len(self.drawers[campaign].rows))


class Hasty(MemoryPersons):
    """Asks nobody whether it may."""

    def purge(self, campaign, *, actor, reason, now, unfinished=False):
        drawer = self.drawers[campaign]
        drawer.empty(drawer.counts(), now)
        return Purged(1)

    def forget(self, mailbox, *, actor, reason, now, suppress=False):
        return [
            entry.forget()
            for entry in [*self.drawers[1].rows.values()]
            if entry.suppression == mailbox
        ]


class Impatient(MemoryPersons):
    """Counts from the beginning."""

    def over(self, now, age=None, *, unfinished=False):
        return list(self.drawers)


class Thorough(MemoryPersons):
    """Forgets the digest as well: the person is new the next time."""

    def forget(self, mailbox, *, actor, reason, now, suppress=False):
        wish = {"actor": actor, "reason": reason, "now": now, "suppress": suppress}
        gone = super().forget(mailbox, **wish)
        for drawer in self.drawers.values():
            for digest, entry in [*drawer.rows.items()]:
                if entry.suppression == mailbox:
                    del drawer.rows[digest]
        return gone


class Secretive(MemoryPersons):
    """Does not tell everything."""

    def about(self, mailbox):
        return [attrs.evolve(one, payload=None) for one in super().about(mailbox)]


class Sweeping(MemoryPersons):
    """Takes what a person asked for along with the rest."""

    def purge(self, campaign, *, actor, reason, now, unfinished=False):
        self.suppressions.asked.clear()
        wish = {"actor": actor, "reason": reason, "now": now, "unfinished": unfinished}
        return super().purge(campaign, **wish)


def ledger_with(kind):
    ledger = MemoryLedger()
    known = attrs.asdict(ledger.persons, recurse=False)
    ledger.persons = kind(**known)
    return ledger


@pytest.mark.parametrize(
    ("kind", "broken"),
    [
        (Pretending, "a_purged_campaign_keeps_its_numbers"),
        (Forgetful, "a_purged_campaign_never_sends_again"),
        (Hasty, "a_purge_disturbs_nobody_at_work"),
        (Hasty, "open_rows_are_purged_on_purpose_only"),
        (Hasty, "a_purge_is_of_one_campaign"),
        (Impatient, "a_campaign_is_over_after_its_time"),
        (Thorough, "a_person_is_forgotten_everywhere"),
        (Hasty, "a_person_in_anybodys_hand_is_not_forgotten"),
        (Secretive, "what_is_known_of_a_person_is_told"),
        (Sweeping, "who_asks_for_it_is_left_out_for_good"),
    ],
)
def test_a_ledger_that_breaks_a_promise_is_found(kind, broken):
    """
    The promise fails for a ledger that does not keep it.
    """
    with pytest.raises(AssertionError):
        getattr(persons, broken)(ledger_with(kind))
