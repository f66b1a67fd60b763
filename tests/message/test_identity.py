"""What stands for a row: the same on every attempt, and opaque."""

import base64
import hashlib
import hmac
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.message.address import Address
from safesend.message.identity import CampaignKey

KEY = CampaignKey(b"k" * 32, "spring")
ADA = Address.parse("ada@example.org")


def test_a_row_is_its_mailbox():
    """
    However it is written; another mailbox, campaign or key is another row.
    """
    assert KEY.row(ADA) == KEY.row(Address.parse("Ada@EXAMPLE.org"))
    others = {
        KEY.row(ADA),
        KEY.row(Address.parse("bob@example.org")),
        KEY.row(ADA, "invoice 1"),
        KEY.row(ADA, "invoice 2"),
        CampaignKey(b"k" * 32, "autumn").row(ADA),
        CampaignKey(b"o" * 32, "spring").row(ADA),
    }
    assert len(others) == 6
    assert {len(digest) for digest in others} == {16}


def test_a_domain_is_nobodys_mailbox():
    """
    What stands for all of it on a suppression list is no mailbox's digest.
    """
    domain = KEY.domain_suppression("example.org")
    assert domain == CampaignKey(b"k" * 32, "autumn").domain_suppression("example.org")
    assert domain not in {KEY.suppression(ADA), KEY.domain_suppression("example.net")}
    assert len(domain) == 16


def test_a_message_id_is_well_formed_and_stable():
    """
    128 bits in hexadecimal before the configured domain.
    """
    row = KEY.row(ADA)
    found = KEY.message_id(row, "example.org")
    assert re.fullmatch(r"<[0-9a-f]{32}@example\.org>", found)
    assert found == KEY.message_id(row, "example.org")


def test_the_token_is_not_the_message_id():
    """
    Who sees one cannot make the other.
    """
    row = KEY.row(ADA)
    assert KEY.token(row) not in KEY.message_id(row, "example.org")


def test_the_suppression_digest_is_the_same_in_every_campaign():
    """
    It stands for the mailbox, not for the row.
    """
    other = CampaignKey(b"k" * 32, "autumn")
    assert KEY.suppression(ADA) == other.suppression(ADA) != KEY.row(ADA)
    assert KEY.check_value() == other.check_value()


@given(local=st.from_regex(r"[a-z]{6,20}", fullmatch=True))
def test_nothing_of_the_address_shows(local):
    """
    I7: not in clear, and no bare hash, hex or base64 of it.
    """
    address = Address.parse(f"{local}@example.org")
    row = KEY.row(address)
    shown = KEY.message_id(row, "example.org") + KEY.token(row) + KEY.bounce(row)
    wire = address.wire.encode()
    traces = [
        local,
        wire.hex(),
        base64.b64encode(wire).decode(),
        base64.b32encode(wire).decode().lower().rstrip("="),
        *(hashlib.new(name, wire).hexdigest() for name in ("md5", "sha1", "sha256")),
    ]
    assert not [trace for trace in traces if trace in shown]


def test_the_secret_is_not_printed():
    """
    Nor is anything that would give it away.
    """
    assert "kkkk" not in repr(KEY)


def test_the_bounce_token_is_a_secret_of_its_own():
    """
    128 bits of each row, the same on every attempt; no other value of the row.
    """
    row, other = KEY.row(ADA), KEY.row(Address.parse("bob@example.org"))
    found = KEY.bounce(row)
    assert re.fullmatch(r"[0-9a-f]{32}", found)
    assert found == CampaignKey(b"k" * 32, "spring").bounce(row)
    assert found not in {
        KEY.token(row),
        KEY.idempotency(row),
        KEY.message_id(row, "x.org")[1:33],
        row.hex(),
        KEY.bounce(other),
        KEY.bounce(CampaignKey(b"k" * 32, "autumn").row(ADA)),
    }


@pytest.mark.parametrize("size", [0, 16, 32, 64, 65, 200])
def test_the_digest_is_an_hmac(size):
    """
    RFC 2104 over SHA-256, whatever the length of the key; cut to 128 bits.
    """
    secret = b"x" * size
    message = b"row\0" + b"n\0" + b"ada@example.org"
    expected = hmac.digest(secret, message, "sha256")[:16]
    assert CampaignKey(secret, "n").row(ADA) == expected


def test_the_idempotency_key_is_a_secret_of_its_own():
    """
    128 bits of each row, the same every time; neither its token nor its Message-ID.
    """
    row, other = KEY.row(ADA), KEY.row(Address.parse("bob@example.org"))
    found = KEY.idempotency(row)
    assert re.fullmatch(r"[0-9a-f]{32}", found)
    assert found == CampaignKey(b"k" * 32, "spring").idempotency(row)
    assert found not in {
        KEY.token(row),
        KEY.message_id(row, "x.org")[1:33],
        row.hex(),
        KEY.idempotency(other),
        KEY.idempotency(CampaignKey(b"k" * 32, "autumn").row(ADA)),
    }
