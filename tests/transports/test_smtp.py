"""Settings are checked at once, connections are secured or not made."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import ssl

import attrs
import pytest

from net.peer import authority, listening, run
from safesend.delivery import Accepted, Deferred, Refused
from safesend.errors import ConfigurationError, TransportError
from safesend.message.attachment import Attachment
from safesend.redaction import Secret
from safesend.smtp import Security
from safesend.testing import SmtpServer, make_envelopes
from safesend.transports import Limits, SmtpTransport, Transport
from transports.carrying import carry

PLAIN = "insecure-plaintext"


def test_ports_and_names():
    """Each way to secure a line has its port; the name holds no user."""
    names = {
        SmtpTransport("mx.example.org").name,
        SmtpTransport("mx.example.org", tls="implicit").name,
        SmtpTransport("::1", tls=PLAIN).name,
        SmtpTransport("mx", 2525, username="ada", password="x").name,
    }

    assert names == {
        "smtp://mx.example.org:587",
        "smtps://mx.example.org:465",
        "smtp+insecure-plaintext://[::1]:25",
        "smtp://mx:2525",
    }


def test_it_is_a_transport():
    """One route, no limits of its own."""
    transport = SmtpTransport("mx.example.org")
    [envelope] = make_envelopes(1)

    assert isinstance(transport, Transport)
    assert transport.route(envelope) == transport.name
    assert transport.limits() is None


def test_settings_are_a_value():
    """Equal when they say the same, and never changed."""
    assert SmtpTransport("mx", password="x", username="a") == SmtpTransport(
        "mx", password=Secret("x"), username="a"
    )
    assert attrs.evolve(SmtpTransport("mx"), port=25).port == 25
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        SmtpTransport("mx").port = 25


def test_nothing_secret_is_printed():
    """Neither the password nor who logs in."""
    shown = repr(SmtpTransport("mx", username="ada@example.org", password="hunter2"))

    assert "hunter2" not in shown
    assert "ada" not in shown


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"host": ""}, "host"),
        ({"host": "mx.example.org\r\n"}, "host"),
        ({"host": "a b"}, "host"),
        ({"host": "[::1]"}, "brackets"),
        ({"port": 0}, "port"),
        ({"port": 70000}, "port"),
        ({"tls": "none"}, "'starttls', 'implicit', 'insecure-plaintext'"),
        ({"timeout": 0}, "timeout"),
        ({"timeout": float("nan")}, "timeout"),
        ({"timeout": float("inf")}, "timeout"),
        ({"max_messages": 0}, "max_messages"),
        ({"in_flight": 0}, "in_flight"),
        ({"in_flight": 65}, "in_flight"),
        ({"in_flight": "4"}, "in_flight"),
        ({"max_messages": "9"}, "max_messages"),
        ({"helo": "a b"}, "helo"),
        ({"notify": "always"}, "notify is 'never'"),
        ({"username": "ada"}, "password or token"),
        ({"password": "x"}, "user name"),
        ({"token": lambda: "x"}, "user name"),
        ({"username": "ada", "password": "x", "token": lambda: "x"}, "not both"),
        ({"tls": PLAIN, "username": "ada", "password": "x"}, "plain text"),
        ({"tls": PLAIN, "username": "ada"}, "plain text"),
        ({"tls": PLAIN, "tls_context": ssl.create_default_context()}, "plain text"),
        ({"tls_context": ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)}, "verify"),
        *(
            ({"idempotency": value}, "for how long the relay remembers")
            for value in ("X-Once", ("X-Once",), (7, "24h"))
        ),
        *(
            ({"idempotency": ("X-Once", time)}, "for how long the relay remembers")
            for time in ("0h", "32d", 0)
        ),
        *(
            ({"idempotency": ("X-Once", time)}, "is not understood")
            for time in ("24", "soon", -1, float("nan"), True, None)
        ),
        ({"idempotency": ("Bcc", "24h")}, "idempotency header"),
        ({"idempotency": ("X-Once: 1\r\nBcc", "24h")}, "idempotency header"),
    ],
)
def test_settings_that_make_no_sense(settings, words):
    """Refused when they are made, saying which and why."""
    with pytest.raises(ConfigurationError, match=re.escape(words)) as caught:
        SmtpTransport(**{"host": "mx", **settings})

    assert caught.value.__cause__ is None


def test_from_a_url():
    """All that can stand in one, and what is given apart."""
    context = ssl.create_default_context()
    made = SmtpTransport.from_url(
        "smtps://ada%40a.org@mx:25?timeout=3&helo=me.example.org&max_messages=9"
        "&source_address=127.0.0.2&in_flight=4&notify=never",
        password="hunter2",
        tls_context=context,
    )

    assert made == SmtpTransport(
        "mx",
        25,
        username="ada@a.org",
        password="hunter2",
        tls="implicit",
        tls_context=context,
        timeout=3,
        helo="me.example.org",
        max_messages=9,
        source_address="127.0.0.2",
        in_flight=4,
        notify="never",
    )
    assert SmtpTransport.from_url("smtp://mx") == SmtpTransport("mx")
    assert SmtpTransport.from_url("smtp://mx?notify=none").notify is None


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("smtp://ada:hunter2@mx", "cannot hold a password"),
        ("smtp+insecure-plaintext://ada@mx", "plain text"),
        ("smtp://mx?max_messages=0", "max_messages"),
        ("smtp://mx?in_flight=65", "in_flight is from 1 to 64"),
        ("smtp://mx?verify=no", "'verify'"),
        ("smtp://mx?idempotency_header=X-Once", "go together"),
        ("smtp://mx?idempotency_ttl=24h", "go together"),
        ("smtp://mx?idempotency_header=X-Once&idempotency_ttl=soon", "not understood"),
    ],
)
def test_urls_that_are_refused(url, words):
    """A password in a URL would be shown and logged."""
    with pytest.raises(ConfigurationError, match=words) as caught:
        SmtpTransport.from_url(url)

    assert "hunter2" not in str(caught.value)


def plain(port, **settings):
    return SmtpTransport("127.0.0.1", port, **{"tls": PLAIN, "timeout": 30, **settings})


def secure(port, **settings):
    given = {"tls_context": authority().client(), "timeout": 30, **settings}
    return SmtpTransport("127.0.0.1", port, **given)


def failing(script, make=plain, context=None, **settings):
    """The error of a connection to this peer."""

    async def main():
        async with listening(script, context) as port:
            with pytest.raises(TransportError) as caught:
                await make(port, **settings).connect("")
            assert caught.value.__cause__ is None
            return caught.value

    return run(main())


def facts(error):
    return error.stage, error.code, error.permanent


def test_the_server_s_words_are_told():
    """With the server's name, the stage and the code; addresses masked."""

    async def script(peer):
        await peer.say("554 5.7.1 ada@example.org is not welcome")

    error = failing(script)

    assert facts(error) == ("connect", 554, True)
    assert str(error).startswith("smtp+insecure-plaintext://127.0.0.1:")
    assert error.enhanced == "5.7.1"
    assert "ada@" not in str(error)


def test_nobody_there():
    """A refused connection may be tried again."""

    async def main():
        async with listening(None) as port:
            pass
        with pytest.raises(TransportError) as caught:
            await plain(port).connect("")
        return caught.value

    assert facts(run(main())) == ("connect", None, False)


@pytest.mark.parametrize("ehlo", ["250 PIPELINING", "502 what"])
def test_starttls_stripped(ehlo):
    """No MAIL and no AUTH leaves; the operator is told (L28)."""
    got = []

    async def script(peer):
        await peer.say("220 hello")
        got.append(await peer.line())
        await peer.say(*(("250-mx", ehlo) if ehlo[0] == "2" else (ehlo,)))
        while line := await peer.line():
            got.append(line)
            await peer.say("250 whatever")

    error = failing(script, secure, username="ada", password="hunter2")

    assert facts(error) == ("starttls", None, True)
    assert {line.split()[0] for line in got} <= {b"EHLO", b"HELO"}


def test_text_put_in_before_the_handshake():
    """The connection is closed, and nothing was said on it (rules of RFC 3207)."""
    got = []

    async def script(peer):
        await peer.say("220 hello")
        await peer.line()
        await peer.say("250-mx", "250 STARTTLS")
        await peer.line()
        await peer.say("220 go", "250-mx", "250 AUTH PLAIN")
        got.append(await peer.gone())

    error = failing(script, secure, username="ada", password="hunter2")

    assert facts(error) == ("starttls", None, False)
    assert got == [b""]


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
@pytest.mark.parametrize(
    ("names", "expired", "trusted"),
    [
        (["other.example.net"], False, True),
        (["127.0.0.1"], True, True),
        (["127.0.0.1"], False, False),
    ],
)
def test_a_certificate_that_is_not_to_be_trusted(*, tls, names, expired, trusted):
    """Wrong name, expired, self-made: no MAIL, no AUTH, and no use in trying again."""
    got = []
    context = authority().server(*names, expired=expired)

    async def script(peer):
        if tls == "starttls":
            await peer.say("220 hello")
            got.append(await peer.line())
            await peer.say("250-mx", "250 STARTTLS")
            got.append(await peer.line())
            await peer.say("220 go")
            with contextlib.suppress(OSError):
                await peer.writer.start_tls(context)
        got.append(await peer.gone())

    error = failing(
        script,
        secure,
        context if tls == "implicit" else None,
        tls=tls,
        tls_context=authority().client() if trusted else None,
        username="ada",
        password="hunter2",
    )

    assert facts(error) == ("starttls", None, True)
    assert "certificate" in str(error)
    assert not any(b"AUTH" in line or b"MAIL" in line for line in got)


def opened(transport):
    """Connect, close; gives nothing but an error."""

    async def main():
        session = await transport.connect("")
        assert session.usable
        await session.close()

    run(main())


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER"])
def test_every_login(tls, mechanism):
    """With the password or the token that is right, and not with another."""
    token = mechanism.startswith(("X", "O"))

    def given(secret):
        return {"token": lambda: secret} if token else {"password": secret}

    users = {"ada@example.org": "hunter2"}
    with SmtpServer(tls=tls, users=users, mechanisms=(mechanism,)) as server:
        settings = {
            "username": "ada@example.org",
            "tls": tls,
            "tls_context": server.client_context(),
            "timeout": 30,
        }
        right = SmtpTransport("127.0.0.1", server.port, **settings, **given("hunter2"))
        outcomes = carry(right, make_envelopes(2))
        assert [type(one) for one in outcomes] == [Accepted] * 2
        assert {one.user for one in server.messages} == {"ada@example.org"}
        assert all(one.tls for one in server.messages)
        wrong = SmtpTransport("127.0.0.1", server.port, **settings, **given("wr0ng"))
        with pytest.raises(TransportError) as caught:
            opened(wrong)

    assert facts(caught.value) == ("auth", 535, True)
    assert "wr0ng" not in str(caught.value)


def test_a_token_may_be_awaited():
    """And is asked for at every connection."""
    asked = []

    async def token():
        asked.append(1)
        return Secret("ya29").reveal()

    with SmtpServer(tls="implicit", users={"ada": "ya29"}) as server:
        transport = SmtpTransport(
            "127.0.0.1",
            server.port,
            username="ada",
            token=token,
            tls="implicit",
            tls_context=server.client_context(),
        )
        opened(transport)
        opened(transport)

    assert len(asked) == 2


@pytest.mark.parametrize(("token", "permanent"), [("not a token", True), (None, False)])
def test_a_token_that_cannot_be_had(token, permanent):
    """What went wrong with it is told without what it may hold."""

    def asked():
        if token is None:
            raise LookupError("hunter2 expired")
        return token

    async def script(peer):
        assert await peer.gone() == b""

    error = failing(script, secure, username="ada", token=asked)

    assert facts(error) == ("auth", None, permanent)
    assert "hunter2" not in str(error)
    assert "not a token" not in str(error)


def test_the_name_we_greet_with():
    """The one that is set, else a literal that tells nothing; never the host's own."""
    got = []

    async def script(peer):
        await peer.say("220 hello")
        got.append(await peer.line())
        await peer.say("421 bye")

    failing(script)
    failing(script, helo="mail.example.org")

    assert got == [b"EHLO [127.0.0.1]", b"EHLO mail.example.org"]


def test_helo_where_ehlo_is_not_known():
    """Letters go out one command at a time."""
    got = []

    async def script(peer):
        await peer.say("220 hello")
        await peer.line()
        await peer.say("502 what")
        got.append(await peer.line())
        for reply in ["250 mx", *["250 ok"] * 3, "354 go"]:
            await peer.say(reply)
            if reply != "354 go":
                got.append(await peer.line())
        await peer.content()
        await peer.say("250 taken")
        await peer.line()
        await peer.say("221 bye")

    async def main():
        async with listening(script) as port:
            session = await plain(port).connect("")
            outcomes = [one async for one in session.deliver(make_envelopes(1))]
            await session.close()
            return outcomes

    assert [type(one) for one in run(main())] == [Accepted]
    assert [line.split()[0] for line in got] == [
        b"HELO",
        b"RSET",
        b"MAIL",
        b"RCPT",
        b"DATA",
    ]


def test_who_gives_up_connecting_leaves_nothing():
    """A cancelled connect cuts the line."""
    ends, taken = [], asyncio.Event()

    async def script(peer):
        taken.set()
        ends.append(await peer.gone())

    async def main():
        async with listening(script) as port:
            connecting = asyncio.ensure_future(plain(port).connect(""))
            await taken.wait()
            await asyncio.sleep(0.1)
            connecting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await connecting

    run(main())

    assert ends == [b""]


def test_one_connection_takes_only_so_many():
    """Then the session says that it cannot be used any more (RFC 9422)."""

    async def main(server, **settings):
        session = await plain(server.port, **settings).connect("")
        post = make_envelopes(9)
        outcomes = [one async for one in session.deliver(post)]
        usable = session.usable
        await session.close()
        return len(outcomes), len(list(post)), usable

    with SmtpServer(extensions=("LIMITS MAILMAX=4",)) as server:
        assert run(main(server)) == (4, 5, False)
        assert run(main(server, max_messages=2)) == (2, 7, False)
        assert server.violations == []
    with SmtpServer() as server:
        assert run(main(server, max_messages=None)) == (9, 0, True)


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize("size", [None, 1])
@pytest.mark.parametrize("in_flight", [None, 4])
def test_outcomes_are_their_own(pipelining, size, in_flight):
    """Refused and deferred letters among others; replies in pieces of any size."""
    with SmtpServer(pipelining=pipelining, chunking="in groups") as server:
        server.split_replies(size)
        server.reply("rcpt", "550 5.1.1 who", when=lambda m: "n1@" in m.argument)
        server.reply("dot", "451 4.3.0 wait", when=lambda m: "n3@" in str(m.recipients))
        outcomes = carry(plain(server.port, in_flight=in_flight), make_envelopes(6))

        kinds = [Accepted, Refused, Accepted, Deferred, Accepted, Accepted]
        assert [type(one) for one in outcomes] == kinds
        assert len(server.messages) == 4
        assert all(len(one.recipients) == 1 for one in server.messages)
        assert server.violations == []


@pytest.mark.parametrize("chunking", [False, True, "in groups"])
def test_a_relay_without_chunks_is_told_of_once(caplog, chunking):
    """The letters go the ordinary way, and whoever asked for more learns why."""
    with SmtpServer(chunking=chunking) as server:
        transport = plain(server.port, in_flight=4)
        for _ in range(3):
            outcomes = carry(transport, make_envelopes(9))
        told = [one.message for one in caplog.records if "in_flight" in one.message]

    assert [type(one) for one in outcomes] == [Accepted] * 9
    assert len(told) == (chunking != "in groups")


def test_no_secret_and_no_address_is_logged(caplog):
    """Not even with everything of asyncio and of ours at DEBUG (L31)."""
    caplog.set_level(logging.DEBUG)
    with SmtpServer(tls="starttls", users={"ada": "hunter2"}) as server:
        server.reply("rcpt", "550 5.1.1 <{}> unknown", times=1)
        server.drop_after("content", times=1)
        transport = SmtpTransport(
            "127.0.0.1",
            server.port,
            username="ada",
            password="hunter2",
            tls_context=server.client_context(),
        )

        async def main():
            session = await transport.connect("")
            shown = [repr(one) async for one in session.deliver(make_envelopes(3))]
            await session.close()
            return "".join(shown)

        shown = run(main()) + caplog.text

    assert "hunter2" not in shown
    assert "person" not in shown


@pytest.mark.server
@pytest.mark.parametrize("tls", ["starttls", "implicit"])
@pytest.mark.parametrize("in_flight", [None, 4])
def test_postfix(postfix, tls, in_flight):
    """A real server takes the letters and refuses those that it refuses."""
    domain = f"{tls}{in_flight or ''}.example.test"
    people = [f"p{at}@{domain}" for at in range(5)]
    file = Attachment.from_bytes(bytes(range(256)) * 2000, name="large.bin")
    transport = SmtpTransport(
        "127.0.0.1",
        postfix.port if tls == "starttls" else postfix.smtps_port,
        username=postfix.username,
        password=postfix.password,
        tls=tls,
        tls_context=ssl.create_default_context(cafile=postfix.ca),
        timeout=120,
        in_flight=in_flight,
    )
    everybody = [*people[:2], f"refused@{domain}", f"later@{domain}", *people[2:]]
    file = () if in_flight else (file,)
    outcomes = carry(transport, make_envelopes(everybody, attachments=file))

    kinds = [Accepted, Accepted, Refused, Deferred, Accepted, Accepted, Accepted]
    assert [type(one) for one in outcomes] == kinds
    delivered = postfix.delivered(domain, expected=5)
    assert sorted(letter.recipient for letter in delivered) == people


@pytest.mark.server
@pytest.mark.parametrize("options", [(), ("-p",), ("-e",)])
def test_smtp_sink(smtp_sink, options):
    """A real sink, with PIPELINING, without, and without EHLO."""
    sink = smtp_sink(*options)
    outcomes = carry(plain(sink.port), make_envelopes(20))

    assert [type(one) for one in outcomes] == [Accepted] * 20


def test_security_is_known_by_name():
    """What is given as text is one of three."""
    assert SmtpTransport("mx", tls="implicit").tls is Security.IMPLICIT


@pytest.mark.parametrize(
    ("time", "seconds"),
    [
        ("24h", 86_400.0),
        ("15 min", 900.0),
        ("1h 30m", 5400.0),
        ("1.5d", 129_600.0),
        ("30s", 30.0),
        (60, 60.0),
        (0.5, 0.5),
    ],
)
def test_a_relay_may_know_messages_again(time, seconds):
    """A header and a time, from Python or a URL; without them there are no limits."""
    relay = SmtpTransport("mx", idempotency=("Idempotency-Key", time))
    assert relay.limits() == Limits(idempotency=("Idempotency-Key", seconds))
    assert SmtpTransport("mx").limits() is None
    if isinstance(time, str):
        options = f"idempotency_header=Idempotency-Key&idempotency_ttl={time}"
        assert SmtpTransport.from_url(f"smtp://mx?{options}").limits() == relay.limits()


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_the_whole_path_over_tls(tls):
    """With require_tls_path every MAIL says REQUIRETLS, to a server that offers it."""
    with SmtpServer(tls=tls, requiretls=True) as server:
        transport = SmtpTransport(
            server.host,
            server.port,
            tls=tls,
            tls_context=server.client_context(),
            require_tls_path=True,
        )
        outcomes = carry(transport, make_envelopes(2))
    assert [type(one) for one in outcomes] == [Accepted, Accepted]
    assert server.violations == []


def test_a_server_that_keeps_no_path():
    """Nothing is sent, and the run may stop: it will be no better later."""
    with SmtpServer(tls="starttls") as server:
        transport = SmtpTransport(
            server.host,
            server.port,
            tls_context=server.client_context(),
            require_tls_path=True,
        )
        with pytest.raises(TransportError, match="does not offer REQUIRETLS") as told:
            run(transport.connect(transport.name))
    assert (told.value.enhanced, told.value.permanent) == ("5.7.30", True)
    assert server.transactions == []


def test_no_path_in_plain_text():
    """It begins with TLS or not at all; in a URL it is 1 or 0."""
    with pytest.raises(ConfigurationError, match="require_tls_path"):
        SmtpTransport("mx", tls=PLAIN, require_tls_path=True)
    with pytest.raises(ConfigurationError, match="1 or 0"):
        SmtpTransport.from_url("smtp://mx?require_tls_path=yes")
    assert SmtpTransport.from_url("smtp://mx?require_tls_path=1").require_tls_path
    assert not SmtpTransport.from_url("smtp://mx?require_tls_path=0").require_tls_path


def wished(server_options, people, **options):
    """What a strict server was asked to report of messages for these people."""
    envelopes = list(make_envelopes(people))
    with SmtpServer(**server_options) as server:
        transport = SmtpTransport("127.0.0.1", server.port, tls=PLAIN, **options)
        outcomes = carry(transport, envelopes)
        assert [type(one) for one in outcomes] == [Accepted] * len(envelopes)
        assert server.violations == []
        return envelopes, [dict(one.wishes) for one in server.transactions]


@pytest.mark.parametrize(
    "kind",
    [
        {},
        {"pipelining": False},
        {"chunking": "in groups"},
    ],
)
def test_reports_are_asked_for_where_they_are_offered(kind):
    """Each message has a name of its own, its own mailbox, and headers only."""
    people = ["ada@a.example", "b+c=d@b.example", "añe@bücher.example"]
    depth = 4 if "chunking" in kind else None

    envelopes, wishes = wished({"dsn": True, **kind}, people, in_flight=depth)

    names = [one.message_id[1:].partition("@")[0] for one in envelopes]
    assert wishes == [
        {"RET": "HDRS", "ENVID": name, "NOTIFY": "FAILURE,DELAY", "ORCPT": mailbox}
        for name, mailbox in zip(
            names,
            [
                "rfc822;ada@a.example",
                "rfc822;b+2Bc+3Dd@b.example",
                "utf-8;añe@xn--bcher-kva.example",
            ],
            strict=True,
        )
    ]
    assert len({*names}) == 3


def test_what_is_reported_can_be_chosen():
    """None asks for nothing but that no report holds the text."""
    for notify, said in [("never", "NEVER"), ("delay,success", "SUCCESS,DELAY")]:
        _, [wishes] = wished({"dsn": True}, 1, notify=notify)
        assert wishes["NOTIFY"] == said
    _, [wishes] = wished({"dsn": True}, 1, notify=None)

    assert wishes == {"RET": "HDRS"}


def test_reports_are_not_asked_for_elsewhere():
    """A server that does not offer DSN refuses what it adds (555), and gets none."""
    _, wishes = wished({}, 3)

    assert wishes == [{}, {}, {}]
