"""feedback/ses_events.py: events of Amazon SES as news."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.events import ADA, BOUNCED, KEY, bounce, complaint, event, mail, notice
from safesend.feedback.ses_events import ses_kind, ses_news
from safesend.feedback.wrappings import Unfit
from safesend.ledger.heard import Heard
from safesend.message.address import Address

_WHO = frozenset({Address.parse(ADA)})


def _at(*moment):
    return dt.datetime(2027, 1, *moment, tzinfo=dt.UTC).timestamp()


@pytest.mark.parametrize(
    ("kind", "heard"),
    [
        ("Send", Heard.TAKEN),
        ("Delivery", Heard.DELIVERED),
        ("Reject", Heard.REJECTED),
        ("DeliveryDelay", Heard.TAKEN),
        ("Open", Heard.DELIVERED),
        ("Click", Heard.DELIVERED),
    ],
)
def test_every_type_has_its_meaning(kind, heard):
    """
    Whoever opened a message has it; who and when is not kept.
    """
    news = ses_news(event(kind))

    assert ses_kind(event(kind)) == kind
    assert (news.key.hex(), news.heard, news.sent_to) == (KEY, heard, _WHO)
    assert not news.no_mailbox


@pytest.mark.parametrize("kind", ["Rendering Failure", "Subscription"])
def test_some_types_say_nothing_of_a_message(kind):
    """
    They are known and counted.
    """
    assert ses_kind(event(kind)) == kind
    assert ses_news(event(kind)) is None


def test_a_type_of_tomorrow_is_no_news():
    """
    It is counted as unknown.
    """
    of = {**event("Send"), "eventType": "Teleport"}
    assert (ses_kind(of), ses_news(of)) == ("", None)


def test_a_delivery_has_the_reply_of_the_server():
    """
    And the date at which it gave it.
    """
    news = ses_news(event("Delivery"))

    assert (news.code, news.enhanced, news.text) == (250, "2.6.0", "Message received")
    assert news.at == _at(15, 8, 0, 2)
    assert ses_news(event("Send")).at == pytest.approx(_at(15, 8) + 0.123)
    assert ses_news(event("Reject")).text == "Reject: Bad content"


@pytest.mark.parametrize("older", [False, True])
def test_a_bounce_for_good_tells_that_there_is_no_mailbox(older):
    """
    In either form, with what the server said.
    """
    of = notice(bounce()) if older else bounce()
    news = ses_news(of)

    assert (news.heard, news.no_mailbox) == (Heard.BOUNCED, True)
    assert (news.code, news.enhanced) == (550, "5.1.1")
    assert news.text == f"Permanent/General <{ADA}>: no such user here"
    assert news.about == _WHO
    assert news.at == _at(15, 8, 0, 5)


@pytest.mark.parametrize(
    ("kind", "sub", "heard", "gone"),
    [
        ("Permanent", "NoEmail", Heard.BOUNCED, True),
        ("Permanent", "Suppressed", Heard.BOUNCED, True),
        ("Permanent", "OnAccountSuppressionList", Heard.BOUNCED, True),
        ("Permanent", "UnsubscribedRecipient", Heard.BOUNCED, False),
        ("Permanent", "Tomorrow", Heard.BOUNCED, False),
        ("Transient", "General", Heard.RETURNED, False),
        ("Transient", "MailboxFull", Heard.RETURNED, False),
        ("Transient", "ContentRejected", Heard.RETURNED, False),
        ("Undetermined", "Undetermined", Heard.RETURNED, False),
        ("Tomorrow", None, Heard.RETURNED, False),
    ],
)
def test_only_some_bounces_say_that_there_is_no_mailbox(kind, sub, heard, gone):
    """
    A mailbox that is full, or a letter that was not liked, may do better another day.
    """
    news = ses_news(bounce(kind, sub))
    assert (news.heard, news.no_mailbox) == (heard, gone)


@pytest.mark.parametrize(
    ("status", "gone"),
    [
        ("5.0.0", True),
        ("5.1.1", True),
        ("5.1.10", True),
        ("5.2.1", True),
        ("5.7.13", True),
        (None, True),
        ("5.1.2", False),
        ("5.1.8", False),
        ("5.2.2", False),
        ("5.3.4", False),
        ("5.4.4", False),
        ("5.7.1", False),
        ("5.7.133", False),
    ],
)
def test_a_general_bounce_is_believed_unless_its_status_speaks_against(status, gone):
    """
    A policy against the sender says nothing of the mailbox (RFC 3463).
    """
    one = {"emailAddress": ADA, "status": status}
    news = ses_news(bounce(people=[one]))
    assert (news.heard, news.no_mailbox, news.enhanced) == (Heard.BOUNCED, gone, status)


@pytest.mark.parametrize(
    ("kind", "heard"),
    [
        ("abuse", Heard.COMPLAINED),
        ("other", Heard.COMPLAINED),
        (None, Heard.COMPLAINED),
        ("not-spam", Heard.DELIVERED),
        ("auth-failure", Heard.TAKEN),
    ],
)
def test_a_complaint_is_one_unless_it_says_otherwise(kind, heard):
    """
    Who fetches a letter out of the spam does not complain.
    """
    news = ses_news(complaint(kind))
    assert (news.heard, news.about) == (heard, _WHO)
    listed = ses_news(complaint(None, "OnAccountSuppressionList"))
    assert listed.text == "OnAccountSuppressionList"


def test_the_message_id_is_what_is_left_without_a_tag():
    """
    In the headers, or among the common ones.
    """
    ours = f"<{KEY}@example.com>"
    common = event("Send", key=None, commonHeaders={"messageId": ours})
    header = [{"name": "message-ID", "value": ours}, "x", {"name": 3}]

    assert ses_news(common).key.hex() == KEY
    assert ses_news(event("Send", key=None, headers=header)).key.hex() == KEY
    assert ses_news(event("Send", key=None)) is None
    assert ses_news(event("Send", key="theirs")) is None


def test_an_address_is_read_as_it_comes():
    """
    With a name before it, several of them, or none that can be read.
    """
    of = event("Send", destination=[f"Ada <{ADA}>", "x", 7, None])
    assert ses_news(of).sent_to == _WHO
    assert ses_news(event("Send", destination=None)).sent_to == frozenset()
    many = [f"p{n}@example.org" for n in range(1000)]
    assert len(ses_news(event("Send", destination=many)).sent_to) == 50


@pytest.mark.parametrize(
    "date",
    [
        "",
        "yesterday",
        None,
        7,
        "9999-99-99",
        "0001-01-01T00:00:00+23:00",
        "9999-12-31T23:59:59-12:00",
    ],
)
def test_a_date_that_is_none_is_left_open(date):
    """
    Then the moment of booking stands for it.
    """
    assert not ses_news(event("Send", timestamp=date)).at


def test_digits_of_another_script_are_no_reply():
    """
    Nor a code of their own in the ledger.
    """
    of = bounce(people=[{**BOUNCED, "diagnosticCode": "5\u0661\u0661 5.\u0661.1 no"}])
    news = ses_news(of)
    assert (news.code, news.enhanced) == (None, "5.1.1")


def test_a_date_without_a_zone_is_in_utc():
    """
    As SES means it.
    """
    assert ses_news(event("Send", timestamp="2027-01-15T08:00:00")).at == _at(15, 8)


def test_half_a_letter_is_no_letter():
    """
    What is no Unicode is replaced: no ledger could keep it.
    """
    of = event("Reject")
    of["reject"] = {"reason": "bad \ud800\n\n content"}
    assert ses_news(of).text == "Reject: bad ? content"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"eventType": 7}, "eventType"),
        ({"mail": None}, "mail"),
        ({"bounce": []}, "bounce"),
        ({"bounce": {"bounceType": None}}, "bounce.bounceType"),
    ],
)
def test_what_is_broken_names_its_field(change, field):
    """
    And is not guessed.
    """
    with pytest.raises(Unfit) as caught:
        ses_news({**bounce(), **change})
    assert caught.value.field == field


_ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*BOUNCED, "name", "value", "x"]), inner)
    ),
    max_leaves=6,
)


@given(
    of=st.sampled_from([bounce(), complaint(), event("Delivery"), event("Open")]),
    part=st.sampled_from(["mail", "bounce", "complaint", "delivery", ""]),
    data=st.data(),
)
def test_no_field_of_any_kind_is_an_accident(of, part, data):
    """
    It is news, or none, or told to be broken; texts can be kept.
    """
    changed = of
    inside = of.get(part)
    if isinstance(inside, dict) and inside:
        name = data.draw(st.sampled_from(sorted(inside)))
        changed = {**of, part: {**inside, name: data.draw(_ODD)}}
    else:
        changed = {**of, part or "mail": data.draw(_ODD)}
    try:
        news = ses_news(changed)
    except Unfit:
        return
    if news is not None:
        news.text.encode()
        assert len(news.key) == 16
        assert mail()["destination"] == [ADA]
