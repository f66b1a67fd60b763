"""What a run tells is frozen and names nobody."""

import attrs
import pytest

from engine.fleet import mail, people, plan
from safesend.ledger import open_ledger
from safesend.transports import MemoryTransport


def test_events_are_frozen_and_hold_no_address():
    """
    A listener may log all of them.
    """
    told = []
    mail(plan(people(3)), open_ledger(":memory:"), MemoryTransport(), tell=told.append)
    assert told
    assert not [event for event in told if "@" in repr(event)]
    for event in told:
        name = attrs.fields(type(event))[0].name
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            setattr(event, name, None)
