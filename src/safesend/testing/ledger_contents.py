"""What every ledger promises of what its campaigns are made of."""

from __future__ import annotations

from safesend.errors import CampaignPurged
from safesend.ledger.base import Ledger
from safesend.ledger.contents import digest_of
from safesend.testing.ledger_rows import NOW, refused

__all__ = [
    "a_campaign_is_what_was_kept_last",
    "a_part_is_what_its_name_says",
    "a_purge_ends_what_a_campaign_is",
    "what_two_campaigns_share_stays",
]

_MAP, _LOGO = b"%PDF " + bytes(range(256)) * 300, b"\x89PNG"


def a_campaign_is_what_was_kept_last(ledger: Ledger) -> None:
    """Nothing at first; then a manifest and its parts, until others take their place.

    What is kept twice changes nothing, and what nobody uses any more is gone.
    """
    campaign, contents = ledger.campaign("spring", NOW).id, ledger.contents
    assert contents.manifest(campaign) is None, "nothing was kept yet"
    for _ in range(2):
        contents.keep(campaign, b"first", [_MAP, _LOGO, _LOGO])
        assert contents.manifest(campaign) == b"first"
        assert contents.part(digest_of(_MAP)) == _MAP
    contents.keep(campaign, b"second", [_LOGO, b""])
    assert contents.manifest(campaign) == b"second"
    assert contents.part(digest_of(_LOGO)) == _LOGO
    assert contents.part(digest_of(b"")) == b""
    refused(contents.part, digest_of(_MAP))
    refused(contents.part, digest_of(b"first"))


def what_two_campaigns_share_stays(ledger: Ledger) -> None:
    """Each has its own manifest; a part is there as long as one of them has it."""
    one, other = (ledger.campaign(name, NOW).id for name in ("spring", "summer"))
    ledger.contents.keep(one, b"one", [_MAP])
    ledger.contents.keep(other, b"other", [_MAP, _LOGO])
    ledger.contents.keep(other, b"bare", [])
    assert ledger.contents.manifest(one) == b"one"
    assert ledger.contents.manifest(other) == b"bare"
    assert ledger.contents.part(digest_of(_MAP)) == _MAP
    refused(ledger.contents.part, digest_of(_LOGO))


def a_part_is_what_its_name_says(ledger: Ledger) -> None:
    """What is not there is an error, and so is what belongs to no campaign."""
    campaign = ledger.campaign("spring", NOW).id
    refused(ledger.contents.part, digest_of(_MAP))
    refused(ledger.contents.part, b"")
    refused(ledger.contents.keep, campaign + 1, b"manifest", [])
    refused(ledger.contents.manifest, campaign + 1)
    refused(ledger.contents.part, digest_of(b"manifest"))


def a_purge_ends_what_a_campaign_is(ledger: Ledger) -> None:
    """It may hold addresses: nothing of it stays, and nothing comes back."""
    campaign = ledger.campaign("spring", NOW).id
    ledger.contents.keep(campaign, b"manifest", [_MAP])
    ledger.persons.purge(campaign, actor="ada", reason="a test", now=NOW)
    assert ledger.contents.manifest(campaign) is None
    refused(ledger.contents.part, digest_of(_MAP))
    try:
        ledger.contents.keep(campaign, b"again", [])
    except CampaignPurged:
        return
    raise AssertionError("a purged campaign was given a content")
