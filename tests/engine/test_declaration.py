"""What a campaign says of itself, and the plan that it makes."""

import pytest

from safesend import Address, Campaign, Recipient, Template
from safesend.engine.declaration import planned
from safesend.errors import ConfigurationError


def _campaign(**more):
    given = {
        "sender": "Office <office@example.org>",
        "template": Template(subject="Hello", text="Dear reader,\n"),
        "audience": [Recipient("ada@example.com")],
        **more,
    }
    return Campaign(name="spring", **given)


def test_what_is_not_said_is_the_senders():
    """
    The domain of Message-IDs, and where bounces go.
    """
    letterhead = planned(_campaign(), None, confirm_changes=False).compiled.letterhead
    assert letterhead.message_id_domain == "example.org"
    assert letterhead.envelope_sender == "office@example.org"


def test_what_is_redirected_has_a_name_of_its_own():
    """
    It counts for nobody, so it is not booked as the mailing.
    """
    campaign = _campaign(redirect_all_to="staging@example.org")
    assert campaign.booked.name != campaign.name
    plan = planned(campaign, None, confirm_changes=False)
    assert (plan.name, plan.kind) == (campaign.booked.name, campaign.booked.kind)


@pytest.mark.parametrize(
    "wrong", [{"seed_every": 0}, {"template": "text"}, {"max_recipients": "many"}]
)
def test_a_field_that_is_nonsense_is_refused(wrong):
    """
    When the campaign is made, and not when it is sent.
    """
    with pytest.raises(ConfigurationError):
        _campaign(**{"sender": Address.parse("office@example.org"), **wrong})
