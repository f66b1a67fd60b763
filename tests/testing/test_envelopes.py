from __future__ import annotations

from safesend.message.recipient import Recipient
from safesend.testing import make_envelopes


def test_each_has_its_own_recipient() -> None:
    """A number makes up people, who are all different."""
    envelopes = list(make_envelopes(3))

    assert len({envelope.recipient for envelope in envelopes}) == 3
    assert len({envelope.message_id for envelope in envelopes}) == 3
    for envelope in envelopes:
        assert envelope.recipient.wire.encode() in envelope.content


def test_recipients_bring_their_fields() -> None:
    """Or are plain addresses."""
    [ada] = make_envelopes([Recipient("ada@x.example", name="Ada")], text="Hi {{name}}")
    [bob] = make_envelopes(["bob@x.example"])

    assert b"Hi=20=\r\nAda" in ada.content
    assert bob.recipient.wire == "bob@x.example"


def test_a_named_campaign_makes_the_same_again() -> None:
    """And every other call something new."""
    again = [next(make_envelopes(1, campaign="same")) for _ in range(2)]
    new = [next(make_envelopes(["a@x.example"])) for _ in range(2)]

    assert again[0] == again[1]
    assert new[0].message_id != new[1].message_id
