"""What is answered to whom, without any server."""

from __future__ import annotations

import email
import email.policy
from urllib.parse import urlsplit

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.unsubscribe.lists import FORM, URLENCODED
from safesend import (
    Address,
    Campaign,
    Recipient,
    SuppressionList,
    Template,
    Unsubscribe,
)
from safesend.errors import ConfigurationError
from safesend.integrations.unsubscribe.page import Texts
from safesend.integrations.unsubscribe.reception import Reception
from safesend.integrations.unsubscribe.request import LONGEST, Head, token_of
from safesend.transports import MemoryTransport

POST = Head("POST", "application/x-www-form-urlencoded", peer="192.0.2.1")
ADA = "ada@example.org"


@pytest.fixture
def reception(listed):
    """A page for one list."""
    with Reception(listed.path) as found:
        yield found


def _posted(reception, token, body=URLENCODED, head=POST, now=1.0):
    return (
        reception.look(head, now)
        or reception.hear(head, token, body)
        or reception.book(token)
    )


def test_who_looks_sees_the_page_and_nothing_happens(reception, listed):
    """Programs that look into links before a person does unsubscribe nobody."""
    shown = reception.look(Head("GET"), 1.0)
    assert (shown.status, b"<button" in shown.body) == (200, True)
    bare = reception.look(Head("HEAD"), 1.0)
    assert (bare.status, bare.body, bare.headers) == (200, b"", shown.headers)
    assert listed.number() == 0


@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "DELETE", "PATCH", "get", ""])
def test_other_methods_are_refused(reception, method):
    """There is nothing to ask for from other sites, and nothing to change."""
    answer = reception.look(Head(method), 1.0)
    assert answer.status == 405
    assert not any(name.startswith("Access-") for name, _ in answer.headers)


def test_the_button_acts(reception, listed):
    """In either form, and as often as it is pressed."""
    token = listed.token(ADA)
    form = attrs.evolve(POST, content_type=FORM[0])
    answers = [
        _posted(reception, token),
        _posted(reception, token),
        _posted(reception, token, FORM[1], form),
    ]
    assert {answer.status for answer in answers} == {200}
    assert len(set(answers)) == 1
    assert listed.has(ADA)
    assert listed.number() == 1


def _campaign(name, listed):
    """A letter to two people, with the links of a list."""
    with SuppressionList(listed.path) as found:
        key = found.unsubscribe_key()
    return Campaign(
        name=name,
        sender="news@example.org",
        template=Template(subject="News", text="Dear {{ name }}!\n"),
        audience=[Recipient(ADA, name="Ada"), Recipient("bo@example.com", name="Bo")],
        unsubscribe=Unsubscribe("https://example.org/leave?t={token}", key),
    )


def _link(envelope):
    """The path and query of a message's link, as a mail provider reads them."""
    message = email.message_from_bytes(envelope.content, policy=email.policy.default)
    found = urlsplit(message["List-Unsubscribe"].strip("<>"))
    return found.path, found.query


def test_the_link_of_a_message_takes_its_reader_off_and_nobody_else(reception, listed):
    """From the next mailing on, and from one that runs when their turn comes."""
    carrier = MemoryTransport()
    asked = {"ledger": ":memory:", "suppression": listed.path}
    _campaign("spring letter", listed).send(carrier, **asked)
    letters = {one.recipient.normalised: one for one in carrier.messages}
    token = token_of(*_link(letters[ADA]))
    assert _posted(reception, token).status == 200
    assert listed.reasons(ADA) == [("unsubscribed", "spring letter")]
    report = _campaign("summer letter", listed).send("memory:", **asked)
    assert (report.accepted, report.suppressed) == (1, 1)


def test_the_link_of_a_message_that_was_only_tried_takes_nobody_off(listed):
    """It looks like any other, and so does the answer."""
    told = []
    with SuppressionList(listed.path) as found:
        key = found.unsubscribe_key().trying()
    token = key.token(Address.parse(ADA), "spring letter")
    with Reception(listed.path, on_leave=told.append) as reception:
        assert _posted(reception, token) == _posted(reception, "none")
    assert (listed.number(), told) == (0, [])


def test_every_link_gets_the_same_answer(reception, listed, tmp_path, monkeypatch):
    """Whoever tries links learns nothing from what comes back, octet for octet."""
    token = listed.token(ADA)
    monkeypatch.setenv("SAFESEND_KEY", "ab" * 32)
    other = type(listed).new(tmp_path / "other.db").token(ADA)
    monkeypatch.delenv("SAFESEND_KEY")
    wrong = [
        other,
        "",
        "TOKEN",
        token[:-1],
        token.upper(),
        token.replace("v1.", "v2."),
        f"{token[:10]}{'A' if token[10] != 'A' else 'B'}{token[11:]}",
        "\0",
        "\ud800",
        "v1." + "A" * 100_000,
    ]
    answers = {_posted(reception, one) for one in wrong}
    assert listed.number() == 0
    assert answers == {_posted(reception, token)}
    assert listed.number() == 1


def test_a_post_of_something_else_changes_nothing(reception, listed):
    """It is told so, the same for every link."""
    for token in listed.token(ADA), "none":
        for body in b"", b"a=b", None:
            assert _posted(reception, token, body).status == 400
    assert listed.number() == 0


def test_a_long_body_is_refused_before_it_is_read(reception, listed):
    """By what it announces, and by what comes where it announces nothing."""
    long = attrs.evolve(POST, length=str(LONGEST + 1))
    assert reception.look(long, 1.0).status == 413
    assert reception.look(attrs.evolve(POST, length="many"), 1.0).status == 400
    token = listed.token(ADA)
    body = URLENCODED + b"&x=" + b"x" * LONGEST
    assert _posted(reception, token, body).status == 413
    assert _posted(reception, token, body[:LONGEST]).status == 200


def test_whoever_posts_too_often_comes_back_later(listed):
    """Others are heard meanwhile, and looking is free."""
    with Reception(listed.path, limit="1/min") as reception:
        assert _posted(reception, "x").status == 200
        answer = _posted(reception, "x")
        assert (answer.status, dict(answer.headers)["Retry-After"]) == (429, "61")
        assert reception.look(attrs.evolve(POST, method="GET"), 1.0).status == 200
        other = attrs.evolve(POST, peer="192.0.2.2")
        assert _posted(reception, "x", head=other).status == 200
        assert _posted(reception, "x", now=62.0).status == 200


def test_behind_a_proxy_each_person_is_a_caller_of_their_own(listed):
    """Where it is said how many proxies there are; else the header says nothing."""
    people = [attrs.evolve(POST, forwarded=f"6.6.6.6, 192.0.2.{n}") for n in range(3)]
    with Reception(listed.path, limit="1/min", trusted_proxies=1) as reception:
        found = [_posted(reception, "x", head=one).status for one in people]
        assert found == [200] * 3
        assert _posted(reception, "x", head=people[0]).status == 429
    with Reception(listed.path, limit="1/min") as reception:
        found = [_posted(reception, "x", head=one).status for one in people]
        assert found == [200, 429, 429]


def test_a_mail_provider_is_not_shut_out(listed):
    """A thousand of its people may press the button within a second."""
    with Reception(listed.path) as reception:
        assert all(_posted(reception, "x").status == 200 for _ in range(1000))
    with Reception(listed.path, limit=None) as reception:
        assert all(_posted(reception, "x").status == 200 for _ in range(1100))


def test_a_list_that_cannot_be_written_is_told(reception, listed):
    """The person is not made to believe that it worked."""
    token = listed.token(ADA)
    listed.path.rename(listed.path.with_suffix(".away"))
    answer = _posted(reception, token)
    assert answer.status == 503
    assert "Retry-After" in dict(answer.headers)
    assert _posted(reception, "x").status == 200


@pytest.mark.parametrize("proxies", [-1, True, 1.0, "1", None])
def test_the_number_of_proxies_is_a_number(listed, proxies):
    """Anything else is told when the page is made."""
    with pytest.raises(ConfigurationError, match="trusted_proxies"):
        Reception(listed.path, trusted_proxies=proxies)


@pytest.mark.parametrize("limit", ["20", 20, ""])
def test_a_limit_has_a_number_and_a_unit(listed, limit):
    """Anything else is told when the page is made."""
    with pytest.raises(ConfigurationError):
        Reception(listed.path, limit=limit)


def test_the_texts_are_those_that_were_given(listed):
    """In every answer."""
    with Reception(listed.path, texts=Texts(lang="de", done="Fertig.")) as reception:
        assert b"Fertig." in _posted(reception, "x").body


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.builds(
        Head,
        method=st.sampled_from(["GET", "HEAD", "POST"]) | st.text(),
        content_type=st.text() | st.just(FORM[0]),
        length=st.text() | st.integers().map(str),
        peer=st.text(),
        forwarded=st.text(),
    ),
    st.text(),
    st.binary() | st.just(URLENCODED) | st.just(FORM[1]),
)
def test_whatever_is_sent_there_is_an_answer(reception, listed, head, token, body):
    """Nothing that a stranger sends is an error of the server, or unsubscribes."""
    answer = _posted(reception, token, body, head)
    assert answer.status in {200, 400, 405, 413, 429}
    assert listed.number() == 0
