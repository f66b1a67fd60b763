"""engine/content/kept.py: a campaign as a manifest and its parts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.content.samples import KEY, LINK, campaign, campaigns
from engine.content.test_letter import composed, told
from message.judges import ed25519, rsa
from safesend import Attachment, Template
from safesend.engine.content import Content, Keys, Way, content_of, read_content
from safesend.engine.content.canon import written
from safesend.engine.options import Options
from safesend.errors import ConfigurationError, LedgerError
from safesend.ledger.memory import MemoryLedger

OPTIONS = Options(give_up_after="2d", confirm_changes=False, throttle="50/s")
KEYS = Keys(dkim=[rsa().key, ed25519().key], unsubscribe=KEY)
WAY = Way(url="smtp://me@mail.example.org", password_file="/run/secrets/smtp")
SPARE = Way(url="smtp://b.example.org", weight=2)
FILE = Attachment.from_bytes(b"%PDF", name="map.pdf")
LETTER = campaign(template=Template("Hello", "Hello\n", attachments=[FILE]))


@given(campaigns(), st.sampled_from([(), (WAY,), (WAY, SPARE)]))
def test_a_ledger_gives_back_what_it_was_given(letter, ways):
    """
    The same campaign, options and carrier; written again, the same octets.
    """
    ledger = MemoryLedger()
    number = ledger.campaign("spring", 0.0).id
    content = content_of(letter, OPTIONS, ways)
    content.keep(ledger, number)
    kept = read_content(ledger.contents.manifest(number), ledger.contents.part)
    found = kept.letter(KEYS)
    assert told(found) == told(letter)
    assert composed(found) == composed(letter)
    assert (kept.ways, kept.options().lanes) == (ways, OPTIONS.lanes)
    assert content_of(found, kept.options(), kept.ways) == content


def test_a_file_that_is_in_it_twice_is_one_part():
    """
    Whatever its names are.
    """
    files = [FILE, Attachment.from_bytes(b"%PDF", name="plan.pdf")]
    letter = campaign(template=Template("Hello", "Hello\n", attachments=files))
    assert len(content_of(letter, OPTIONS).parts) == 1


def test_nothing_of_it_is_shown():
    """
    It holds addresses.
    """
    content = content_of(LETTER, OPTIONS)
    kept = read_content(content.manifest, content.parts.__getitem__)
    assert "example" not in repr(content) + repr(kept)


def test_a_part_that_is_another_is_refused():
    """
    Whoever gave it, and whatever they looked at.
    """
    manifest = content_of(LETTER, OPTIONS).manifest
    with pytest.raises(LedgerError, match="damaged"):
        read_content(manifest, lambda _: b"%PDF-2").letter(KEYS)


@pytest.mark.parametrize("name", [b"00" * 31, b"x" * 64])
def test_a_name_that_is_none_is_refused(name):
    """
    Before anybody is asked for it.
    """
    content = content_of(LETTER, OPTIONS)
    [digest] = content.parts
    hostile = content.manifest.replace(digest.hex().encode(), name)
    with pytest.raises(LedgerError, match="can be none"):
        read_content(hostile, content.parts.__getitem__).letter(KEYS)


def test_a_letter_that_cannot_be_made_is_the_ledgers_fault():
    """
    It was good when it was written down.
    """
    manifest = content_of(campaign(), OPTIONS).manifest
    hostile = manifest.replace(b'"subject":"Hello', b'"subject":"{{ Hello')
    with pytest.raises(LedgerError, match="cannot be made"):
        read_content(hostile, {}.__getitem__).letter(KEYS)


def test_a_key_that_is_missing_is_the_callers():
    """
    And no fault of the ledger.
    """
    content = content_of(campaign(unsubscribe=LINK), OPTIONS)
    with pytest.raises(ConfigurationError, match="suppression list"):
        read_content(content.manifest, content.parts.__getitem__).letter(Keys())


@given(st.data())
def test_damage_is_noticed(data):
    """
    Where an octet is another the manifest is refused, or says something else.
    """
    manifest = bytearray(content_of(LETTER, OPTIONS).manifest)
    at = data.draw(st.integers(0, len(manifest) - 1))
    manifest[at] ^= data.draw(st.integers(1, 255))
    try:
        kept = read_content(bytes(manifest), {}.__getitem__)
    except LedgerError:
        return
    assert written(kept.values) == manifest


def test_what_is_none_is_refused():
    """
    A mapping of other things.
    """
    with pytest.raises(LedgerError, match="not what it should be"):
        read_content(written({"letter": {}, "sending": {}, "ways": []}), {}.get)
    assert Content(b"", {}) == Content(b"", {})
