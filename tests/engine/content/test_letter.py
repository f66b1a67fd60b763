"""engine/content/letter.py: what a campaign is, as plain values and back."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given

from engine.content.samples import KEY, LINK, campaign, campaigns
from message.judges import ed25519, rsa
from safesend import Attachment, Campaign, Recipient, Template
from safesend.engine.content.canon import fits
from safesend.engine.content.keys import Keys
from safesend.engine.content.letter import LETTER, letter_of, values_of
from safesend.engine.declaration import planned
from safesend.errors import AttachmentError, LedgerError, SafesendError
from safesend.ledger.contents import digest_of
from safesend.message.rowdata import pack

KEYS = Keys(dkim=[ed25519().key, rsa().key], unsubscribe=KEY)
ADA = Recipient("ada@example.com", name="Ada")
MANY = {"audience", "seeds", "template", "dkim", "sender", "redirect_all_to", "public"}


def put_into(parts):
    """Takes parts into a dictionary."""

    def put(octets):
        name = digest_of(octets).hex()
        parts[name] = octets
        return name

    return put


def there_and_back(letter):
    """The values, and the campaign that is made of them."""
    parts = {}
    values = values_of(letter, put_into(parts))
    return values, letter_of(values, parts.__getitem__, KEYS)


def told(letter):
    """All that a campaign says, in a form that can be compared."""
    fields = {one.name for one in attrs.fields(Campaign)} - MANY
    return {name: getattr(letter, name) for name in fields} | {
        "sender": (letter.sender.wire, letter.sender.name),
        "template": letter.template.digest(),
        "headers": [*letter.template.headers.items()],
        "public": [getattr(one, "wire", one) for one in letter.public],
        "seeds": [pack(seed) for seed in letter.seeds],
        "redirect": getattr(letter.redirect_all_to, "wire", None),
        "dkim": [(one.name, one.key.public) for one in letter.dkim],
    }


def composed(letter, recipient=ADA):
    """The octets of one message, and the fingerprint of the letter."""
    plan = planned(letter, None, confirm_changes=False)
    envelope = plan.preparer(b"k" * 32).envelope(recipient, 1_800_000_000.0)
    return envelope.content, envelope.sender, plan.compiled.fingerprint


@given(campaigns())
def test_a_campaign_comes_back_as_it_was(letter):
    """
    All that it says, its fingerprint, and every octet of a message.
    """
    values, found = there_and_back(letter)
    assert fits(values, LETTER)
    assert told(found) == told(letter)
    assert composed(found) == composed(letter)
    assert there_and_back(found)[0] == values


def test_what_lies_on_a_disk_is_brought_along(tmp_path):
    """
    Files that are read from anywhere are the same values.
    """
    file = tmp_path / "map.pdf"
    file.write_bytes(b"%PDF")
    seed = Recipient("seed@example.org", [Attachment.from_path(file)])
    both = [
        there_and_back(
            campaign(
                template=Template("Hello", "Hello\n", attachments=[one]), seeds=[seed]
            )
        )
        for one in (
            Attachment.from_path(file),
            Attachment.from_bytes(b"%PDF", name="map.pdf"),
        )
    ]
    file.unlink()
    assert both[0][0] == both[1][0]
    [attached], [found] = both[0][1].template.attachments, both[0][1].seeds
    assert attached.load() == found.attachments[0].load() == b"%PDF"


def test_a_file_that_is_missing_is_told():
    """
    Nothing is kept of such a letter.
    """
    template = Template("Hello", "Hi\n", attachments=[Attachment.from_path("/no/such")])
    with pytest.raises(AttachmentError, match="missing"):
        values_of(campaign(template=template), put_into({}))


def test_no_key_is_among_the_values():
    """
    What tells it from others is, and that says nothing about it.
    """
    values, _ = there_and_back(campaign(unsubscribe=LINK, dkim=rsa()))
    text = repr(values)
    assert KEY.id in text
    assert KEY.secret.hex() not in text
    assert repr(KEY.secret)[2:-1] not in text


@pytest.mark.parametrize(
    "hostile",
    [
        {"sender": "a@example.org, b@example.org"},
        {"name": "../../etc/passwd"},
        {"allow": [{"check": "L1", "reason": "x", "place": ""}]},
        {"seed_every": 0},
        {"envelope_sender": "a{token}@{token}"},
        {"unsubscribe": {"url": "http://x", "key": KEY.id, "list": ""}},
        {"public": ["a@b@c"]},
        {"dkim": [{"domain": "example.org", "selector": "a", "key": "00"}]},
        {"unsubscribe": {"url": "https://example.org", "key": "00", "list": ""}},
    ],
)
def test_hostile_values_are_refused(hostile):
    """
    By those who refuse them wherever they come from.
    """
    values, _ = there_and_back(campaign())
    with pytest.raises(SafesendError):
        letter_of(values | hostile, {}.__getitem__, KEYS)


def test_a_header_stands_there_once():
    """
    The second of a name would take the first one's place.
    """
    values, _ = there_and_back(campaign())
    twice = [{"name": "X-One", "value": value} for value in ("1", "2")]
    hostile = values["template"] | {"headers": twice}
    with pytest.raises(LedgerError, match="twice"):
        letter_of(values | {"template": hostile}, {}.__getitem__, KEYS)


@pytest.mark.parametrize(
    "octets", [b"", b"0", b"1", b"1{}", b"1[1,2]", b"1" + b"[" * 9999]
)
def test_a_seed_that_is_none_is_refused(octets):
    """
    With an error of the ledger.
    """
    values, _ = there_and_back(campaign())
    with pytest.raises(LedgerError, match="seed"):
        letter_of(values | {"seeds": ["x"]}, lambda _: octets, KEYS)
