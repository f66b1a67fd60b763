"""Amazon SES: what is asked of two real peers, and what is made of their answers."""

from __future__ import annotations

import asyncio
import re
import ssl
from email import message_from_bytes

import pytest
import trustme

from safesend import Campaign, Recipient, Template
from safesend.delivery import Accepted, InDoubt, NotSent, Refused, Stage
from safesend.errors import ConfigurationError, TransportError
from safesend.smtp.seen import Login
from safesend.testing import make_envelopes
from safesend.transports import SesTransport, open_transport
from safesend.transports.base import Informed, Transport
from servers.process import free_port
from servers.ses import REGION, Recorder
from transports.carrying import carry, raw
from transports.test_ses_account import account

pytestmark = pytest.mark.usefixtures("aws")

ARN = "arn:aws:ses:eu-west-1:123456789012:identity/example.org"


def to(server, **options):
    return SesTransport(REGION, endpoint_url=server.url, **options)


# --- settings ------------------------------------------------------------------------


def test_a_url_opens_it():
    """Every option of the class has one."""
    found = open_transport(
        "ses://eu-west-1?configuration_set=news&endpoint=http://127.0.0.1:5000"
        f"&from_arn={ARN}&feedback_arn={ARN}&profile=work&timeout=9"
    )
    assert found == SesTransport(
        "eu-west-1",
        configuration_set="news",
        endpoint_url="http://127.0.0.1:5000",
        profile="work",
        from_arn=ARN,
        feedback_arn=ARN,
        timeout=9,
    )
    assert isinstance(found, Transport)
    assert isinstance(found, Informed)
    assert found.limits() is None


def test_its_name_tells_accounts_apart():
    """By it the pace of an account is remembered."""
    assert SesTransport(REGION).name == "ses://eu-west-1"
    other = SesTransport(
        REGION,
        profile="work",
        endpoint_url="https://ses.example",
        configuration_set="x",
    )
    assert other.name == "ses://eu-west-1?profile=work&endpoint=https://ses.example"
    [envelope] = make_envelopes(1)
    assert other.route(envelope) == other.name


@pytest.mark.parametrize(
    "options",
    [
        {"region": "Ireland"},
        {"region": "eu-west-1/.evil.example"},
        {"region": ""},
        {"configuration_set": "a b"},
        {"profile": "a\nb"},
        {"from_arn": "example.org"},
        {"feedback_arn": "arn:aws:iam::1:role/x"},
        {"timeout": 0},
        {"timeout": 1e9},
        {"endpoint_url": "http://ses.example"},
        {"endpoint_url": "ftp://127.0.0.1"},
        {"endpoint_url": "https://user:pass@ses.example"},
        {"endpoint_url": "https://ses.example?x=1"},
        {"endpoint_url": "https://[ses"},
        {"endpoint_url": "https://"},
    ],
)
def test_a_wrong_setting_is_refused(options):
    """Before anything is asked of anybody."""
    with pytest.raises(ConfigurationError) as caught:
        SesTransport(**{"region": REGION, **options})
    assert "pass" not in str(caught.value)


@pytest.mark.parametrize(
    "region", ["us-east-1", "ap-southeast-2", "us-gov-west-1", "eusc-de-east-1"]
)
def test_regions_are_taken_as_they_are_named(region):
    """Also those of clouds apart."""
    assert SesTransport(region).region == region


def test_a_password_has_no_place():
    """Credentials are boto3's to find."""
    with pytest.raises(ConfigurationError, match="takes no password"):
        open_transport("ses://eu-west-1", password="secret")


# --- what is asked: contract with two real peers --------------------------------------


def test_each_call_has_one_address_and_the_octets(ses_peer):
    """No Cc, no Bcc, nobody in another's; the tag is the opaque part of Message-ID."""
    envelopes = list(make_envelopes(20))
    outcomes = carry(to(ses_peer, configuration_set="news"), envelopes)
    assert all(isinstance(one, Accepted) for one in outcomes)
    assert len(ses_peer.calls) == len(ses_peer.taken) == 20
    for envelope, call in zip(envelopes, ses_peer.calls, strict=True):
        assert call.body["Destination"] == {"ToAddresses": [envelope.recipient.wire]}
        assert call.octets == envelope.content
        assert f"<{call.tag}@" in envelope.message_id
        assert re.fullmatch("[A-Za-z0-9_-]+", call.tag)
        assert set(call.body) == {
            "ConfigurationSetName",
            "Content",
            "Destination",
            "EmailTags",
            "FeedbackForwardingEmailAddress",
        }
        assert call.body["ConfigurationSetName"] == "news"
        assert list(call.body["Content"]) == ["Raw"]
        assert call.headers["Authorization"].startswith("AWS4-HMAC-SHA256")
        assert call.headers["amz-sdk-request"] == "attempt=1; max=1"


def test_a_whole_campaign_shows_nobody_to_anybody(ses_peer, tmp_path):
    """Through the engine, several at once: one call and one address for each person."""
    ses_peer.account = account()
    people = [f"p{n}@example.org" for n in range(30)]
    campaign = Campaign(
        name="all",
        sender="News <news@example.org>",
        template=Template(subject="Hello {{ name }}", text="Dear {{ name }}\n"),
        audience=[Recipient(one, name=one.partition("@")[0]) for one in people],
    )
    ses_peer.account["SendQuota"]["MaxSendRate"] = 500.0
    report = campaign.send(to(ses_peer), ledger=tmp_path / "x.db", lanes=4)
    assert (report.accepted, ses_peer.asked) == (30, 1)
    assert sorted(ses_peer.people) == sorted(people)
    for call in ses_peer.taken:
        [address] = call.addresses
        message = message_from_bytes(call.octets)
        assert (message["To"], message["Cc"], message["Bcc"]) == (address, None, None)
        assert sum(one.encode() in call.octets for one in people) == 1
    again = campaign.send(to(ses_peer), ledger=tmp_path / "x.db")
    assert (again.accepted, len(ses_peer.calls)) == (30, 30)


def test_the_octets_are_not_changed_by_a_large_file(ses_peer):
    """Three megabytes come as they went."""
    content = b"From: n@example.org\r\nSubject: x\r\n\r\n" + b"line\r\n" * 500_000
    [outcome] = carry(to(ses_peer), [raw(content)])
    assert isinstance(outcome, Accepted)
    assert ses_peer.taken[0].octets == content


def test_a_peers_refusal_is_one(aws, moto_port):
    """moto takes mail of verified senders only, and says so."""
    content = b"From: n@elsewhere.example\r\nSubject: x\r\n\r\nx\r\n"
    with Recorder(peer=moto_port) as server:
        [outcome] = carry(to(server), [raw(content)])
        assert isinstance(outcome, Refused)
        assert outcome.text.startswith("MessageRejected: Message rejected: ")
        assert (outcome.code, server.taken) == (554, [])


def test_arns_are_passed_on():
    """For identities that another account lets one use."""
    with Recorder() as server:
        carry(to(server, from_arn=ARN, feedback_arn=ARN), make_envelopes(1))
        [call] = server.calls
    assert call.body["FromEmailAddressIdentityArn"] == ARN
    assert call.body["FeedbackForwardingEmailAddressIdentityArn"] == ARN
    assert "FromEmailAddress" not in call.body


def test_a_message_id_that_is_no_tag_is_replaced():
    """SES takes letters, digits, hyphens and underscores."""
    with Recorder() as server:
        odd = raw(b"Subject: x\r\n\r\n", "<a.b+c=d@example.org>")
        carry(to(server), [odd])
        assert server.calls[0].tag == odd.row.hex()


# --- what is not asked ----------------------------------------------------------------


def test_who_needs_smtputf8_is_refused_before_anything_is_sent():
    """SES does not support it; an umlaut in the domain is no such case."""
    with Recorder() as server:
        people = ["zoë@example.org", "ada@exämple.org"]
        envelopes = list(make_envelopes(people))
        first, second = carry(to(server), envelopes)
        assert isinstance(first, Refused)
        assert (first.code, first.enhanced) == (None, "5.6.7")
        assert isinstance(second, Accepted)
        assert server.people == ["ada@xn--exmple-cua.org"]


def test_over_tls_it_is_the_same(monkeypatch, tmp_path):
    """The certificate is verified; a line that is cut leaves a doubt there as well."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "ca.pem"))
    with Recorder(tls=context) as server:
        assert server.url.startswith("https://")
        server.script = [None, None, lambda h, _: h.hang_up()]
        transport = to(server)

        async def run():
            session = await transport.connect("")
            assert session.security == "HTTPS, certificate verified"
            found = [type(one) async for one in session.deliver(make_envelopes(5))]
            await session.close()
            return found

        assert asyncio.run(run()) == [Accepted, Accepted, InDoubt]
        assert (len(server.calls), server.connections) == (3, 1)


def test_what_is_too_large_is_refused_before_anything_is_sent():
    """40 MB, as SES says."""
    with Recorder() as server:
        [outcome] = carry(to(server), [raw(b"Subject: x\r\n\r\n" + b"x" * 40_000_000)])
        assert isinstance(outcome, Refused)
        assert (outcome.code, outcome.enhanced) == (None, "5.3.4")
        assert server.calls == []


# --- answers --------------------------------------------------------------------------


def test_after_a_doubt_nobody_is_let_in_for_a_while():
    """The session ends, and no new one is opened; an answer opens for all."""
    with Recorder(script=[lambda h, _: h.hang_up()]) as server:
        transport = to(server)

        async def run():
            first, other = [await transport.connect("") for _ in range(2)]
            envelopes = make_envelopes(9)
            found = [one async for one in first.deliver(envelopes)]
            assert [type(one) for one in found] == [InDoubt]
            assert (first.usable, other.usable) == (False, True)
            with pytest.raises(TransportError, match="no clear answer") as caught:
                await transport.connect("")
            assert not caught.value.permanent
            found = [one async for one in other.deliver([next(envelopes)])]
            assert [type(one) for one in found] == [Accepted]
            await (await transport.connect("")).close()
            await first.close()
            await other.close()

        asyncio.run(run())
        assert len(server.calls) == 2


def test_where_nobody_is_reached_nobody_is_tried_for_a_while():
    """It may go again; the others keep their turn meanwhile."""
    transport = SesTransport(REGION, endpoint_url=f"http://127.0.0.1:{free_port()}")

    async def run():
        session = await transport.connect("")
        assert session.security == "not encrypted"
        found = [one async for one in session.deliver(make_envelopes(3))]
        assert [type(one) for one in found] == [NotSent]
        with pytest.raises(TransportError, match="EndpointConnectionError"):
            await transport.connect("")
        await session.close()

    asyncio.run(run())


def test_an_answer_of_any_kind_is_an_answer():
    """A refusal says that there is somebody."""
    with Recorder(always=lambda h, _: h.fail(400, "MessageRejected")) as server:
        outcomes = carry(to(server), make_envelopes(3))
        assert all(isinstance(one, Refused) for one in outcomes)
        assert server.connections == 1


# --- what the account may send --------------------------------------------------------


def informed(server):
    return asyncio.run(to(server).inform())


def test_the_account_is_asked():
    """For its rate, and what is left of the day."""
    with Recorder(account=account()) as server:
        limits = informed(server)
        assert (limits.rate, limits.quota) == (14.0, 48800)
        assert server.asked == 1


@pytest.mark.parametrize(
    "changed", [{"SendingEnabled": False}, {"EnforcementStatus": "SHUTDOWN"}]
)
def test_an_account_that_may_not_send_ends_the_run(changed):
    """Before anybody is tried."""
    with Recorder(account=account(**changed)) as server:
        with pytest.raises(TransportError, match="SES console") as caught:
            informed(server)
        assert caught.value.permanent


@pytest.mark.parametrize("said", [(403, "AccessDeniedException"), (404, "Nothing")])
def test_who_may_not_ask_goes_on_slowly(said):
    """With a word to the person, once."""
    with Recorder(account=said) as server:
        limits = informed(server)
        assert (limits.rate, limits.quota, limits.assumed) == (1.0, None, True)
        [note] = limits.notes
        assert "ses:GetAccount" in note
        assert server.asked == 1


def test_credentials_that_aws_does_not_know_end_the_run():
    """With a clear word, and nothing of them in it."""
    with Recorder(account=(403, "ExpiredTokenException")) as server:
        with pytest.raises(
            TransportError, match=r"ExpiredToken.*look at keys"
        ) as caught:
            informed(server)
        assert caught.value.permanent
        assert "testing" not in str(caught.value)


def test_who_asks_too_often_asks_again():
    """GetAccount may be asked once a second, by all processes together."""
    with Recorder(account=(429, "TooManyRequestsException")) as server:

        async def run():
            asking = asyncio.create_task(to(server).inform())
            await asyncio.to_thread(server.was_asked.wait, 60)
            server.account = account()
            return await asking

        assert asyncio.run(run()).rate == 14.0
        assert server.asked == 2


def test_where_ses_is_ill_the_run_does_not_begin():
    """Whoever cannot say what is allowed would hardly take mail."""
    with Recorder(account=(503, "ServiceUnavailable")) as server:
        with pytest.raises(TransportError, match="ServiceUnavailable") as caught:
            informed(server)
        assert (caught.value.permanent, server.asked) == (False, 3)


def test_where_nobody_answers_the_run_does_not_begin():
    """It is no reason to stop for ever, and one not to try everybody."""
    transport = SesTransport(REGION, endpoint_url=f"http://127.0.0.1:{free_port()}")
    with pytest.raises(TransportError, match="EndpointConnectionError") as caught:
        asyncio.run(transport.inform())
    assert not caught.value.permanent


# --- a look before -------------------------------------------------------------------


def seen(account, **options):
    """What is seen of an account; nothing is sent."""
    with Recorder(account=account) as server:
        [one] = asyncio.run(to(server, **options).probe())
        assert server.calls == []
    return one


def test_a_look_at_an_account_in_order():
    """What it takes, and how much still."""
    one = seen(account())

    assert (one.login, one.quota, one.stage) == (Login.ACCEPTED, 48800, None)
    assert one.capabilities.size == 40_000_000
    assert not one.capabilities.smtputf8


@pytest.mark.parametrize(
    ("said", "stage", "permanent", "reached"),
    [
        (account(ProductionAccessEnabled=False), Stage.RCPT, True, True),
        (account(SendingEnabled=False), Stage.AUTH, True, True),
        ((403, "InvalidClientTokenId"), Stage.AUTH, True, True),
        ((503, "ServiceUnavailable"), Stage.CONNECT, False, False),
    ],
)
def test_a_look_at_an_account_that_is_not(said, stage, permanent, reached):
    """The sandbox, a stop, keys that nobody knows, and a service that is down."""
    one = seen(said)

    assert (one.stage, one.permanent, one.reached) == (stage, permanent, reached)


def test_a_look_at_an_account_that_may_not_be_asked():
    """The keys are known, and what is allowed is not."""
    one = seen((403, "AccessDeniedException"))

    assert one.login is Login.UNTRIED
    assert "ses:GetAccount" in one.notes[0]
