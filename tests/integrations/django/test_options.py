"""integrations/django/options.py: the setting SAFESEND as a checked value."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend import Address
from safesend.errors import ConfigurationError
from safesend.integrations.django.options import (
    NAMES,
    Options,
    from_setting,
    problems,
    read,
)
from safesend.policies import Retry, Throttle
from safesend.redaction import Secret
from safesend.transports import MemoryTransport

GOOD = {
    "TRANSPORT": "smtp://shop@mail.example.org",
    "PASSWORD": "secret",
    "LEDGER": Path("mail.safesend.db"),
    "PUBLIC": ["office@example.org"],
    "ALLOW": [],
    "THROTTLE": "10/s",
    "RETRY": "1m, 5m",
    "LANES": 2,
    "DEADLINE": "30s",
    "SUPPRESSION": "never.db",
}


def test_every_key_is_read():
    """Texts become values; the password stays a secret."""
    options = read(from_setting(GOOD))
    assert options.transport.username == "shop"
    assert options.transport.password == Secret("secret")
    assert options.ledger == "mail.safesend.db"
    assert options.public == (Address.parse("office@example.org"),)
    assert isinstance(options.throttle, Throttle)
    assert isinstance(options.retry, Retry)
    assert (options.lanes, options.deadline) == (2, 30.0)
    assert not options.by_smtplib
    assert list(problems(GOOD)) == []
    assert {name.lower() for name in GOOD} == NAMES | {"password"}


def test_values_are_taken_as_they_are():
    """A transport, a throttle, retries that were made in the settings."""
    transport, throttle, retry = MemoryTransport(), Throttle("5/s"), Retry()
    options = read(
        {
            "transport": transport,
            "ledger": ":memory:",
            "throttle": throttle,
            "retry": retry,
        }
    )
    assert options.transport is transport
    assert (options.throttle, options.retry) == (throttle, retry)
    with_secret = {"transport": GOOD["TRANSPORT"], "password": Secret("secret")}
    assert read(with_secret).transport.password == Secret("secret")


def test_nothing_said_is_plain_smtp():
    """The drop-in for smtplib carries it."""
    assert read({}) == Options()
    assert Options().by_smtplib


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        (["TRANSPORT"], "SAFESEND is a dict, not list"),
        ({"LEGDER": "x"}, "no key 'LEGDER'; perhaps 'LEDGER' is meant"),
        ({7: "x"}, "no key 7; it may have TRANSPORT"),
        ({"TRANSPORT": 7}, r"SAFESEND\['TRANSPORT'\]: give a transport"),
        ({"TRANSPORT": MemoryTransport}, "give a transport"),
        ({"TRANSPORT": "smtp://a:geheim@b.example"}, "cannot hold a password"),
        ({"TRANSPORT": "carrier-pigeon:x"}, "no transport is called"),
        ({"TRANSPORT": "memory:", "PASSWORD": ""}, "not empty"),
        ({"PASSWORD": "geheim"}, "belongs to the URL"),
        ({"LEDGER": 7}, "give a path"),
        ({"LEDGER": "x", "THROTTLE": "often"}, r"SAFESEND\['THROTTLE'\]"),
        ({"LEDGER": "x", "THROTTLE": 7}, r"SAFESEND\['THROTTLE'\]"),
        ({"LEDGER": "x", "RETRY": 7}, r"SAFESEND\['RETRY'\]"),
        ({"LEDGER": "x", "LANES": True}, "from 1 to 500"),
        ({"LEDGER": "x", "DEADLINE": "soon"}, r"SAFESEND\['DEADLINE'\]"),
        ({"LEDGER": "x", "DEADLINE": []}, r"SAFESEND\['DEADLINE'\]"),
        ({"LEDGER": "x", "PUBLIC": ["a@b@c"]}, r"SAFESEND\['PUBLIC'\]"),
        ({"LEDGER": "x", "ALLOW": ["L99"]}, r"SAFESEND\['ALLOW'\]"),
        ({"TRANSPORT": "memory:", "LANES": 3}, "with a ledger only"),
    ],
)
def test_what_is_wrong_is_said_with_its_key(setting, reason):
    """No secret is repeated."""
    with pytest.raises(ConfigurationError, match=reason) as caught:
        from_setting(setting)
    assert "geheim" not in str(caught.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(sorted(GOOD)) | st.text(max_size=9), JSON))
def test_whatever_is_written_there_is_read_or_told(setting):
    """A slip of any kind is a sentence, and never another error."""
    wrong = list(problems(setting))
    if wrong:
        assert all(isinstance(sentence, str) for sentence in wrong)
        with pytest.raises(ConfigurationError):
            from_setting(setting)
    else:
        assert isinstance(read(from_setting(setting)), Options)


def test_options_of_a_mailer_are_named_as_they_stand_there():
    """In lower case, all that is wrong at once."""
    with pytest.raises(ConfigurationError, match=r"'ledger': .*; 'lanes': ") as caught:
        read({"ledger": 7, "lanes": 0})
    assert "SAFESEND" not in str(caught.value)
