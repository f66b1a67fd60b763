"""engine/entry.py: what a ledger calls a mailing."""

from __future__ import annotations

from engine.fleet import people
from safesend.engine.audience import Listed, audience_of
from safesend.engine.correction import Correction, Original
from safesend.engine.entry import entry
from safesend.engine.entry import test_entry as entry_of_a_test
from safesend.engine.redirection import Redirected
from safesend.engine.seeds import Seeded
from safesend.engine.trial import Choice, Tried
from safesend.ledger.memory import MemoryLedger
from safesend.message.address import Address

QA = Address.parse("qa@staging.example")


def _entry(given, **options):
    return entry(
        "spring",
        given,
        **{"seed_every": 5, "redirect_to": None, "spared": frozenset(), **options},
    )


def _said(found):
    return found.name, found.kind, found.about


def test_a_mailing_to_a_list_has_its_own_name():
    """
    With seeds as well.
    """
    assert _said(_entry(people(1))) == ("spring", "", "")
    assert isinstance(_entry(people(1)).audience, Listed)
    seeded = _entry(people(1), seeds=people(1, "seeds.example"))
    assert _said(seeded) == ("spring", "", "")
    assert isinstance(seeded.audience, Seeded)


def test_a_correction_says_of_what():
    """
    Seeds or not.
    """
    audience = Correction(audience_of([]), Original(MemoryLedger(), "winter"))
    for seeds in ((), people(1)):
        found = _entry(audience, seeds=seeds)
        assert _said(found) == ("spring", "correction", "of winter")


def test_what_reaches_nobody_has_a_name_that_no_campaign_can_have():
    """
    Parentheses: a name of a campaign has none.
    """
    found = _entry(people(1), redirect_to=QA)
    assert _said(found) == (
        "spring (redirected)",
        "redirected",
        "to q…@staging.example",
    )
    assert isinstance(found.audience, Redirected)
    tried = Tried(audience_of(people(1)), (QA,), Choice())
    assert _said(entry_of_a_test("spring", tried)) == (
        "spring (test)",
        "test",
        "of spring",
    )
