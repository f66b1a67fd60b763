"""fleet/carriers.py: the carrier that a ledger's ways lead to."""

from __future__ import annotations

import pytest

from safesend.engine.content import Way
from safesend.errors import ConfigurationError
from safesend.fleet.carriers import carrier_of
from safesend.fleet.secrets import Secrets
from safesend.redaction import Secret
from safesend.transports import MemoryTransport

A, B = Way(url="smtp://me@a.example"), Way(url="smtp://b.example")


def test_one_way_is_one_carrier():
    """Or the one that is given instead, by its URL or as it is."""
    secrets = Secrets(password=Secret("x"))
    assert carrier_of([A], None, secrets).name == "smtp://a.example:587"
    assert carrier_of([A], "smtp://c.example", secrets).name == "smtp://c.example:587"
    own = MemoryTransport()
    assert carrier_of([A], own, Secrets()) is own


def test_several_stand_in_for_each_other_or_share():
    """The password goes to the one that has a user."""
    secrets = Secrets(password=Secret("x"))
    assert carrier_of([A, B], None, secrets).name.startswith("failover(")
    shares = [Way(url=one.url, weight=n) for n, one in enumerate((A, B), 1)]
    assert "smtp://b.example:587: 2" in carrier_of(shares, None, secrets).name


def test_without_a_way_one_is_named():
    """Nothing is guessed."""
    with pytest.raises(ConfigurationError, match="--via"):
        carrier_of([], None, Secrets())
