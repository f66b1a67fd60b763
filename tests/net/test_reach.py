"""A line meets what is demanded of it before a letter is begun, or is cut."""

from __future__ import annotations

import asyncio
import functools
import hashlib
import ssl
import warnings

import attrs
import pytest
import trustme

from safesend.errors import TransportError
from safesend.net.demand import Demand, DemandFinder, Proof
from safesend.net.dial import dial
from safesend.net.policy_shelf import PolicyShelf
from safesend.net.reach import Contexts, reach
from safesend.net.resolver import Resolver
from safesend.policies.dane import Tlsa, public_key
from safesend.smtp import Opening, Security, Timeouts
from safesend.testing import SmtpServer
from safesend.testing.certificates import Certificates
from servers.fixtures import or_skip
from servers.process import free_port
from servers.unbound import SignedZone, run_unbound

from .pages import policy_page, web_server
from .peer import authority, listening, run

HOST = "mx.secure.test"
CLEAR = Demand(Proof.NOTHING, HOST)
WHERE_OFFERED = Demand(Proof.ENCRYPTED, HOST, otherwise=CLEAR)
ENCRYPTED = Demand(Proof.ENCRYPTED, HOST)
NAMED = Demand(Proof.NAMED, HOST, reason="MTA-STS policy of secure.test")
TESTING = Demand(Proof.NAMED, HOST, reason="testing", otherwise=WHERE_OFFERED)
OPENING = Opening("mail.example.org", Security.STARTTLS, timeouts=Timeouts.of(20))


def der(context_of):
    """The certificate (DER) that a server shows."""
    pem = context_of._own.cert_chain_pems[0].bytes().decode()
    return ssl.PEM_cert_to_DER_cert(pem)


def recorded(certificates, name=HOST):
    """By its key."""
    digest = hashlib.sha256(public_key(der(certificates))).digest()
    return Demand(Proof.RECORDED, name, (Tlsa(3, 1, 1, digest),), "DANE")


GOOD, EXPIRED = Certificates(HOST), Certificates(HOST, expired=True)
OTHER = Certificates("other.test")


def reached(port, demand, trusted=GOOD, **settings):
    """How the line is secured, what was offered, or the error; and how many lines."""
    lines = []

    async def main():
        async def connect():
            lines.append(await dial("127.0.0.1", port, OPENING.timeouts))
            return lines[-1]

        contexts = Contexts(trusted.client_context())
        settings_now = attrs.evolve(OPENING, **settings)
        try:
            connection, offered = await reach(demand, connect, settings_now, contexts)
        except TransportError as error:
            assert not any(line.alive for line in lines)
            return error
        assert [line.alive for line in lines] == [False] * (len(lines) - 1) + [True]
        words = connection.security
        await connection.close()
        return words, offered

    return run(main()), len(lines)


def at(demand, certificates=GOOD, **how):
    """The same, at a server that shows this certificate."""
    with SmtpServer(tls="starttls", certificates=certificates) as server:
        result = reached(server.port, demand, **how)
    assert server.violations == []
    return result


@pytest.mark.parametrize("certificates", [GOOD, EXPIRED, OTHER])
def test_dane(certificates):
    """The key counts; no name, no date and no authority does (RFC 7672, 3.1.1)."""
    (words, _), lines = at(recorded(certificates), certificates, trusted=Certificates())

    assert words.startswith("TLS 1.3, ")
    assert words.endswith(f"certificate of {HOST} checked by DANE")
    assert lines == 1


def test_a_certificate_that_fits_no_record():
    """Valid as it may be, nothing more is said; and mail waits."""
    error, lines = at(recorded(OTHER))

    assert "fits none of its TLSA records (DANE)" in str(error)
    assert (error.stage, error.permanent, lines) == ("starttls", False, 1)


def test_a_name_that_an_authority_vouches_for():
    """As the policy of a domain asks for."""
    (words, _), _ = at(NAMED)

    assert words.endswith(f"certificate of {HOST} checked")


@pytest.mark.parametrize(
    ("certificates", "trusted"), [(EXPIRED, EXPIRED), (OTHER, OTHER), (GOOD, OTHER)]
)
def test_a_name_that_nobody_vouches_for(certificates, trusted):
    """Expired, another's, of an unknown authority: mail waits."""
    error, lines = at(NAMED, certificates, trusted=trusted)

    assert "not to be trusted" in str(error)
    assert "MTA-STS policy of secure.test" in str(error)
    assert (error.stage, error.permanent, lines) == ("starttls", False, 1)


@pytest.mark.parametrize("demand", [WHERE_OFFERED, ENCRYPTED])
def test_whoever_answers(demand):
    """TLS with any certificate, and it is told that it was not checked."""
    (words, _), lines = at(demand, EXPIRED, trusted=OTHER)

    assert words.startswith("TLS 1.3")
    assert words.endswith("not checked")
    assert lines == 1


def test_a_policy_that_is_tried_out():
    """What does not fit costs a second line, and mail goes all the same."""
    (words, _), lines = at(TESTING, OTHER)
    assert (words.endswith("not checked"), lines) == (True, 2)

    (words, _), lines = at(TESTING)
    assert (words.endswith("of mx.secure.test checked"), lines) == (True, 1)


def test_starttls_that_is_stripped():
    """Only who needs no TLS goes on, on the same line; all others cut it."""
    with SmtpServer() as server:
        (words, _), lines = reached(server.port, WHERE_OFFERED)
        assert (words, lines) == ("not encrypted", 1)
        (words, _), lines = reached(server.port, TESTING)
        assert (words, lines) == ("not encrypted", 2)
        for demand in (ENCRYPTED, NAMED, recorded(GOOD)):
            error, _ = reached(server.port, demand)
            assert "does not offer STARTTLS" in str(error)
            assert not error.permanent
    assert server.transactions == []


@pytest.mark.parametrize("code", ["454 4.7.0 not now", "502 5.5.1 no"])
def test_starttls_that_is_refused(code):
    """As if it were not offered."""
    with SmtpServer(tls="starttls", certificates=GOOD) as server:
        server.reply("starttls", code)
        (words, _), lines = reached(server.port, WHERE_OFFERED)
        assert (words, lines) == ("not encrypted", 1)
        error, _ = reached(server.port, ENCRYPTED)
    assert (error.code, error.permanent) == (int(code[:3]), False)


def clumsy(answer):
    """A server whose TLS is this, on each line anew; EHLO is as always."""
    seen = []

    async def script(peer):
        await peer.say("220 hello")
        while command := await peer.line():
            seen.append(command)
            if command == b"STARTTLS":
                await answer(peer)
                return
            if command.startswith(b"EHLO"):
                await peer.say("250-hello", "250 STARTTLS")

    return script, seen


@pytest.mark.parametrize(
    "words",
    [("220 go", "250-injected", "250 AUTH PLAIN"), ("220 go", "not TLS at all")],
)
def test_what_is_said_before_the_handshake(words):
    """It was put there by somebody on the line: nothing of it is believed."""

    async def answer(peer):
        await peer.say(*words)
        await peer.gone()

    async def main(demand):
        script, seen = clumsy(answer)
        async with listening(script) as port:
            connect = functools.partial(dial, "127.0.0.1", port, OPENING.timeouts)
            try:
                connection, _ = await reach(demand, connect, OPENING, Contexts())
            except TransportError as error:
                return str(error), seen
            words = connection.security
            await connection.close()
            return words, seen

    hello = b"EHLO mail.example.org"
    error, seen = run(main(ENCRYPTED))
    assert seen == [hello, b"STARTTLS"]
    assert error.startswith(f"{HOST}: the server wrote a")

    words, seen = run(main(WHERE_OFFERED))
    assert words == "not encrypted"
    assert seen == [hello, b"STARTTLS", hello]


def test_old_tls_is_no_tls():
    """TLS 1.1 is refused (RFC 8996); who needs none goes on in clear."""
    context = GOOD.server_context()
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1

    async def answer(peer):
        await peer.say("220 go")
        await peer.writer.start_tls(context)
        await peer.gone()

    async def main():
        script, _ = clumsy(answer)
        async with listening(script) as port:
            connect = functools.partial(dial, "127.0.0.1", port, OPENING.timeouts)
            with pytest.raises(TransportError, match="handshake"):
                await reach(ENCRYPTED, connect, OPENING, Contexts())
            connection, _ = await reach(WHERE_OFFERED, connect, OPENING, Contexts())
            words = connection.security
            await connection.close()
            return words

    assert run(main()) == "not encrypted"


def test_a_weak_key_is_better_than_none():
    """For whoever answers; where a name is asked for it is not enough."""
    context = trustme.CA(key_type=trustme.KeyType.RSA).issue_cert(
        HOST, key_type=trustme.KeyType.RSA
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.configure_cert(server)
    server.maximum_version = ssl.TLSVersion.TLSv1_2
    server.set_ciphers("AES128-SHA:@SECLEVEL=0")  # neither forward secrecy nor AEAD

    async def answer(peer):
        await peer.say("220 go")
        await peer.writer.start_tls(server)
        await peer.line()
        await peer.say("250 hello")
        await peer.gone()

    async def main():
        script, _ = clumsy(answer)
        async with listening(script) as port:
            connect = functools.partial(dial, "127.0.0.1", port, OPENING.timeouts)
            connection, _ = await reach(ENCRYPTED, connect, OPENING, Contexts())
            words = connection.security
            await connection.close()
            return words

    assert run(main()).startswith("TLS 1.2, AES128-SHA")


def test_other_trouble_is_told_as_it_is():
    """A server that does not take us is not asked again in clear."""
    with SmtpServer() as server:
        server.reply("connect", "554 5.7.1 no")
        error, lines = reached(server.port, TESTING)
    assert (error.code, error.stage, error.permanent, lines) == (
        554,
        "connect",
        True,
        1,
    )


def test_the_whole_path():
    """REQUIRETLS is asked of who offers it after the handshake (RFC 8689)."""
    with SmtpServer(tls="starttls", certificates=GOOD, requiretls=True) as server:
        (_, offered), _ = reached(server.port, NAMED, tls_path=True)
        assert offered.tls_path
        (_, offered), _ = reached(server.port, NAMED)
        assert (offered.requiretls, offered.tls_path) == (True, False)
    with SmtpServer(tls="starttls", certificates=GOOD) as server:
        error, _ = reached(server.port, NAMED, tls_path=True)
    assert (error.enhanced, error.permanent, error.stage) == ("5.7.30", True, "mail")


# With a resolver that validates.

TLSA = "_{port}._tcp.mx 300 IN TLSA 3 1 1 {digest}"
MAIL = "@ 300 IN MX 10 mx\nmx 300 IN A 127.0.0.1\n"


@pytest.fixture(scope="module")
def world():
    """unbound over a signed zone, an unsigned and a broken one; port of the server."""
    port = free_port()
    digest = hashlib.sha256(public_key(der(GOOD))).hexdigest()
    tlsa = TLSA.format(port=port, digest=digest)
    sts = '_mta-sts 300 IN TXT "v=STSv1; id=1;"\nmta-sts 300 IN A 127.0.0.1\n'
    forged = "f" * 64
    zones = {
        "secure.test": SignedZone(MAIL + tlsa),
        "other.test": SignedZone(MAIL + TLSA.format(port=port, digest=forged)),
        "plain.test": SignedZone(MAIL + sts + tlsa, signed=False),
        "bogus.test": SignedZone(MAIL + tlsa, broken=(digest, forged)),
        "denied.test": SignedZone(MAIL + sts),
    }
    with or_skip(), run_unbound(zones) as unbound:
        yield unbound, port


def sent(world, domain, web=443, floor="none", certificates=GOOD):
    """What DNS says of the MX, and how a line to the domain's host is secured."""
    unbound, port = world
    # One that a system's authorities would vouch for: of both of our own.
    trusted = certificates.client_context()

    async def main():
        resolver = Resolver(["127.0.0.1"], port=unbound.port, trust_ad=True)
        shelf = PolicyShelf(resolver, authority().client(), web)
        finder = DemandFinder(resolver, shelf, floor=floor)
        answer = await resolver.ask(domain, "MX")
        [record] = answer.records
        host = record.exchange.to_text()
        connect = functools.partial(dial, "127.0.0.1", port, OPENING.timeouts)
        try:
            demand = await finder.find(domain, host, secure=answer.secure, port=port)
            line, _ = await reach(demand, connect, OPENING, Contexts(trusted))
        except TransportError as error:
            return answer.secure, str(error)
        words = line.security
        await line.close()
        return answer.secure, words

    with SmtpServer(tls="starttls", certificates=certificates) as server:
        server.stop()
        server.port = port
        server.start()
        return run(main())


@pytest.mark.server
def test_dane_by_real_dnssec(world):
    """Proved from the trust anchor to the key that the server shows."""
    secure, words = sent(world, "secure.test")

    assert secure
    assert words.endswith("checked by DANE")


@pytest.mark.server
def test_another_key_than_the_proved_one(world):
    """Somebody else answers, or DNS was not changed with the key: mail waits."""
    secure, words = sent(world, "other.test")

    assert secure
    assert "fits none of its TLSA records" in words


@pytest.mark.server
def test_a_record_that_was_forged(world):
    """The resolver finds the signature wrong, and the host is not used at all."""
    secure, words = sent(world, "bogus.test")

    assert secure  # the MX itself was left as it was
    assert "TLSA records cannot be had" in words


@pytest.mark.server
def test_records_that_nobody_signed(world):
    """They are not believed, and do no harm."""
    secure, words = sent(world, "plain.test", certificates=OTHER)

    assert not secure
    assert words.endswith("not checked")


@pytest.mark.server
def test_records_that_are_proved_not_to_be(world):
    """Then MTA-STS is asked, at a real web server; its word is enforced."""
    page = {"/.well-known/mta-sts.txt": policy_page("enforce", "mx.denied.test")}
    other = {"/.well-known/mta-sts.txt": policy_page("enforce", "*.example.org")}
    good = Certificates("mx.denied.test")
    with web_server("mta-sts.denied.test", page) as web:
        assert sent(world, "denied.test", web, certificates=good)[1].endswith(
            "certificate of mx.denied.test checked"
        )
        assert "not to be trusted" in sent(world, "denied.test", web)[1]
    with web_server("mta-sts.denied.test", other) as web:
        assert "does not name it" in sent(world, "denied.test", web)[1]


@pytest.mark.server
def test_a_floor_that_needs_proof(world):
    """A name that anybody may have made up is not enough."""
    assert "nothing proves" in sent(world, "plain.test", floor="verified")[1]


@pytest.mark.server
def test_a_real_mail_server(postfix):
    """Postfix, recognised by its key and by its name, and in clear by nobody's wish."""
    pem = (postfix.ca.parent / "good.pem").read_text()
    _, begin, rest = pem.partition("-----BEGIN CERTIFICATE-----")
    own, end, _ = rest.partition("-----END CERTIFICATE-----")
    shown = ssl.PEM_cert_to_DER_cert(begin + own + end)
    key = Tlsa(3, 1, 2, hashlib.sha512(public_key(shown)).digest())
    contexts = Contexts(ssl.create_default_context(cafile=str(postfix.ca)))
    named = Demand(Proof.NAMED, "localhost")
    keyed = Demand(Proof.RECORDED, "mx.example.test", (key,))
    other = attrs.evolve(keyed, records=(Tlsa(3, 1, 1, bytes(32)),))

    async def main(demand):
        connect = functools.partial(dial, "127.0.0.1", postfix.port, OPENING.timeouts)
        line, offered = await reach(demand, connect, OPENING, contexts)
        words = line.security
        await line.close()
        return offered.pipelining, words.partition(", ")[2].partition("certificate ")[2]

    assert run(main(keyed)) == (True, "of mx.example.test checked by DANE")
    assert run(main(named)) == (True, "of localhost checked")
    assert run(main(WHERE_OFFERED)) == (True, "not checked")
    for wrong in (other, attrs.evolve(named, name="mx.example.test")):
        with pytest.raises(TransportError) as told:
            run(main(wrong))
        assert told.value.stage == "starttls"


def test_reaching_can_be_broken_off():
    """Who gives up leaves no line behind."""

    heard = asyncio.Event()

    async def script(peer):
        await peer.say("220 hello")
        assert await peer.line() == b"EHLO mail.example.org"
        heard.set()
        assert await peer.gone() == b""

    async def main():
        lines = []

        async def connect():
            lines.append(await dial("127.0.0.1", port, OPENING.timeouts))
            return lines[-1]

        async with listening(script) as port:
            reaching = asyncio.create_task(
                reach(ENCRYPTED, connect, OPENING, Contexts())
            )
            await heard.wait()
            reaching.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reaching
            return [line.alive for line in lines]

    assert run(main()) == [False]
