"""What a ledger calls a mailing, and who is in it: tests and staging are apart.

What a test or a redirected mailing did is booked under a name that no campaign can
have, so that it never counts for the people of the list.
"""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from safesend.engine.audience import Audience, audience_of
from safesend.engine.correction import Correction
from safesend.engine.enrol import Guards
from safesend.engine.redirection import Redirected
from safesend.engine.seeds import Seeded
from safesend.engine.trial import Tried
from safesend.ledger.kinds import CORRECTION, REDIRECTED, TEST
from safesend.message.address import Address
from safesend.message.recipient import Recipient

__all__ = ["Entry", "entry", "test_entry"]


@attrs.frozen
class Entry:
    """The name, kind and `about` of a ledger's campaign, and whom it goes to."""

    name: str
    audience: Audience
    kind: str = ""
    about: str = ""

    def guards(
        self,
        most: int | None,
        domains: frozenset[str] | None,
        confirmed: bool,  # noqa: FBT001
    ) -> Guards:
        """The limits that hold for it.

        A list that is only tried may be of any length. What is redirected goes where
        somebody said.
        """
        most = None if self.kind == TEST else most
        domains = None if self.kind == REDIRECTED else domains
        return Guards(most, domains, confirmed)


def entry(
    name: str,
    given: Iterable[Recipient],
    *,
    seeds: Iterable[Recipient] = (),
    seed_every: int,
    redirect_to: Address | None,
    spared: frozenset[str],
) -> Entry:
    """The mailing itself, with its seeds; or all of it for one mailbox."""
    listed = audience_of(given)
    audience = listed if seeds == () else Seeded(listed, seeds, seed_every)
    if redirect_to is not None:
        redirected = Redirected(audience, redirect_to, spared)
        named = f"{name} (redirected)"
        return Entry(named, redirected, REDIRECTED, redirected.about)
    if isinstance(listed, Correction):
        return Entry(name, audience, CORRECTION, listed.about)
    return Entry(name, audience)


def test_entry(name: str, tried: Tried) -> Entry:
    """A test of the mailing."""
    return Entry(f"{name} (test)", tried, TEST, f"of {name}")
