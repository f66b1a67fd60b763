import attrs
import pytest

from safesend.ledger.arrivals import OwnArrivals
from safesend.ledger.base import ALL, Shares, State
from safesend.ledger.memory import MemoryLedger
from safesend.testing import ledger_routes as routes


class Sorted(MemoryLedger):
    """Takes one provider after the other."""

    def claim(self, campaign, run, limit, now, shares=ALL):
        for name in sorted({e.provider for e in self._rows.values()}):
            only = Shares(usual=0, special={name: limit})
            if rows := super().claim(campaign, run, limit, now, only):
                return rows
        return []


class Generous(MemoryLedger):
    """Gives more than a share."""

    def claim(self, campaign, run, limit, now, shares=ALL):
        return super().claim(campaign, run, limit, now)


class Watching(MemoryLedger):
    """Looks at held providers, too."""

    def next_due(self, campaign, held=frozenset()):
        return super().next_due(campaign)


class Dateless(MemoryLedger):
    """Forgets a server's answer that used up no try."""

    def record(self, run, results, now):
        kept = [
            result if result.attempt else attrs.evolve(result, code=None)
            for result in results
        ]
        return super().record(run, kept, now)


class Insistent(MemoryLedger):
    """Writes to mailboxes that are none."""

    def record(self, run, results, now):
        kept = [attrs.evolve(result, suppress=False) for result in results]
        return super().record(run, kept, now)


class Stubborn(MemoryLedger):
    """Says that it writes to a mailbox again, and does not."""

    def lift(self, suppression, *, actor, reason, now):
        return self.suppressed(suppression)


class Thoughtless(MemoryLedger):
    """Forgets all mailboxes that are none when it should forget one."""

    def lift(self, suppression, *, actor, reason, now):
        found = self._suppressions.found
        return bool(found.clear() if suppression in found else None) or not found


class Vague(MemoryLedger):
    """Does not know at which relay a row was."""

    def start_run(self, campaign, now, relay=""):
        return super().start_run(campaign, now)


class Hasty(MemoryLedger):
    """Sends everything in doubt again."""

    def resend_known(self, campaign, relay, sent_after, now):
        return self.resolve(campaign, State.WAITING, None, now)


class Forgetful(MemoryLedger):
    """Takes every word for the first one."""

    def note_flows(self, flows):
        self._flows.clear()
        super().note_flows(flows)


class Undated(MemoryLedger):
    """Tells everything of routes, whatever one knows already."""

    def flows(self, since=0.0):
        return super().flows()


class Anew(MemoryLedger):
    """Has new arrivals for everybody who asks."""

    def arrivals(self):
        return OwnArrivals()


class OneForAll(MemoryLedger):
    """Has one number for all throttles."""

    def arrivals(self):
        found = super().arrivals()
        found.slot = lambda _: 0
        return found


@pytest.mark.parametrize(
    ("kind", "promise"),
    [
        (Sorted, routes.providers_take_turns),
        (Generous, routes.a_held_provider_gets_nothing),
        (Watching, routes.a_held_provider_gets_nothing),
        (Generous, routes.a_share_is_never_exceeded),
        (Dateless, routes.an_answer_without_a_try_still_dates_the_row),
        (Insistent, routes.a_mailbox_that_is_none_is_not_written_to_again),
        (Insistent, routes.a_wrong_suppression_can_be_lifted),
        (Stubborn, routes.a_wrong_suppression_can_be_lifted),
        (Thoughtless, routes.a_wrong_suppression_can_be_lifted),
        (Vague, routes.what_is_in_doubt_can_be_looked_at),
        (Vague, routes.a_relay_that_knows_a_message_gets_it_again),
        (Hasty, routes.a_relay_that_knows_a_message_gets_it_again),
        (Forgetful, routes.what_was_learned_of_a_route_is_kept),
        (Undated, routes.what_was_learned_of_a_route_is_kept),
        (Anew, routes.arrivals_are_kept_by_name),
        (OneForAll, routes.arrivals_are_kept_by_name),
    ],
)
def test_a_broken_promise_is_noticed(kind, promise):
    """
    A ledger that does the wrong thing fails the promise that is about it.
    """
    with pytest.raises(AssertionError):
        promise(kind())
