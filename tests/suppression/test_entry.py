import pytest

from safesend.errors import AddressError, ConfigurationError
from safesend.message.address import Address
from safesend.suppression.entry import Domain, Reason, whom


def test_a_text_is_a_mailbox_or_a_whole_domain():
    """
    What begins with an @ is a domain, in the form that addresses have it.
    """
    assert whom("ada@example.org") == Address.parse("ada@example.org")
    assert whom("@Exämple.org") == Domain("xn--exmple-cua.org")
    assert str(whom("@Example.org")) == "@example.org"


def test_what_was_parsed_is_taken_as_it_is():
    """
    Nothing is parsed twice.
    """
    for one in (Address.parse("ada@example.org"), Domain("example.org")):
        assert whom(one) is one


@pytest.mark.parametrize("text", ["@", "@example", "@ada@example.org", "@a b.org"])
def test_what_is_no_domain_is_refused(text):
    """
    The error says what a domain looks like, and nothing of what was given.
    """
    with pytest.raises(AddressError, match=r"such as @example\.org") as caught:
        whom(text)
    assert "ada" not in str(caught.value)


def test_a_reason_has_a_name():
    """
    The error names them all, what weighs most ahead.
    """
    assert Reason.of("unsubscribed") is Reason.UNSUBSCRIBED
    assert Reason.of(Reason.COMPLAINT) is Reason.COMPLAINT
    told = "complaint, unsubscribed, by-hand, no-such-mailbox, returned"
    with pytest.raises(ConfigurationError, match=told):
        Reason.of("bounced")
