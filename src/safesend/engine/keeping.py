"""What `send` leaves in a ledger so that others can join: the campaign, if it can."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from safesend.engine.content import Content, Way, content_of
from safesend.engine.content.whole import Whole
from safesend.engine.declaration import Declaration
from safesend.engine.options import Options
from safesend.engine.plan import Plan
from safesend.errors import ConfigurationError
from safesend.ledger.base import Ledger

__all__ = ["Keeping"]


@attrs.frozen
class Keeping:
    """A campaign that others may help to send, by these ways where they are known."""

    letter: Declaration
    ways: Sequence[Way] = ()

    def content(self, options: Options, ledger: Ledger) -> Content | None:
        """The campaign as octets; None where it is not to be kept, or cannot be.

        A suppression list in `options` is open.
        """
        letter = self.letter
        watched = letter.seeds or letter.redirect_all_to
        if ledger.name == ":memory:" or (watched and _readable(ledger)):
            return None
        try:
            return content_of(letter, options, self.ways)
        except ConfigurationError:
            # Rules, retries of one's own making: this call sends, and nobody joins.
            return None

    def plan(self, plan: Plan, ledger: Ledger) -> Plan:
        """The plan for others as well: on other machines people's files come along."""
        if not ledger.name.startswith("postgresql://"):
            return plan
        return attrs.evolve(plan, audience=Whole(plan.audience))


def _readable(ledger: Ledger) -> bool:
    """Whether what lies there is not encrypted: no mailbox may lie there for good."""
    return not getattr(ledger, "encrypted", True)
