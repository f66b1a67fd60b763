"""P7 and P8: TLS, login and features of the servers that take the mail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from safesend.delivery import Stage
from safesend.preflight.question import Question
from safesend.preflight.relay_features import judge_features
from safesend.preflight.report import Finding, Grade, skipped
from safesend.preflight.tls_words import FLAWS
from safesend.smtp.opening import Security
from safesend.smtp.seen import Login, ServerSeen, Speech, TlsFlaw

__all__ = ["check_relays"]

_TLS, _FEATURES = "P7", "P8"
_OURS = frozenset({"localhost", "127.0.0.1", "::1"})
_OLD = "TLS 1.0 and 1.1 are for nobody any more (RFC 8996)"
_PROTOCOLS = (
    "let the server speak TLS 1.2 and 1.3 (Postfix: smtpd_tls_mandatory_protocols ="
    " >=TLSv1.2 and the same for smtpd_tls_protocols; Exim: a newer OpenSSL, and no"
    " +no_tlsv1_2 in openssl_options)"
)
_DEEDS = {
    TlsFlaw.NAME: (
        "give it a certificate that has {host} among its names, or set the host to a"
        " name that its certificate has"
    ),
    TlsFlaw.EXPIRED: (
        "renew the certificate of {host}, and have the server read the new one"
    ),
    TlsFlaw.NOT_YET: (
        "set the clocks of {host} and of this machine; else have a new certificate"
        " made for it"
    ),
    TlsFlaw.AUTHORITY: (
        "give {host} a certificate of a public authority, with the whole chain; or, for"
        " an authority of your own, tls_context=ssl.create_default_context(cafile=...)"
    ),
    TlsFlaw.CERTIFICATE: (
        "give {host} a certificate of a public authority that names it"
    ),
    TlsFlaw.CLEAR: "use smtp:// with port 587 (STARTTLS), or smtps:// with port 465",
    TlsFlaw.HANDSHAKE: _PROTOCOLS,
}
_NO_STARTTLS = (
    "have the server offer STARTTLS (Postfix: smtpd_tls_security_level = may, with"
    " smtpd_tls_chain_files; Exim: tls_advertise_hosts = *, tls_certificate and"
    " tls_privatekey), or use its port for TLS from the first byte on: smtps://, 465"
)
_UNNAMED = (
    "no mail server is named: letters go nowhere yet",
    (
        "name yours: --via smtps://mail.example.org:465, via in campaign.toml, or a"
        " transport for campaign.preflight()"
    ),
)
_BLIND = (
    (
        "this carrier cannot be looked at: letters go into files, to a program, or by a"
        " way of its own"
    ),
    (
        "name your mail server, if there is one: --via smtps://mail.example.org:465, or"
        " via in campaign.toml; a carrier of your own is looked at by its probe()"
        " (safesend.transports.Probing)"
    ),
)
_NO_RELAY = (
    "there is no server of one's own: each letter goes to that of its recipient",
    "see what P10 says of the TLS of their domains",
)
_OPENING = frozenset({Stage.CONNECT, Stage.EHLO})
_BEFORE_LOGIN = _OPENING | {Stage.STARTTLS}


def check_relays(
    question: Question, seen: Sequence[ServerSeen], *, named: bool = False
) -> list[Finding]:
    """What was seen of each server, as its carrier's `probe()` gives it.

    `named`: whether there is a carrier at all.
    """
    if not seen:
        why = _BLIND if named else _UNNAMED
        why = why if question.helo is None else _NO_RELAY
        return [skipped(_TLS, "TLS", *why), skipped(_FEATURES, "Features", *why)]
    return [finding for one in seen for finding in _judged(question, one)]


def _judged(question: Question, seen: ServerSeen) -> Iterator[Finding]:
    yield _line(seen)
    secured = seen.stage not in _BEFORE_LOGIN
    if seen.stage is Stage.AUTH or (secured and seen.login is not Login.NONE):
        yield _login(seen)
    late = seen.stage is not None and secured and seen.stage is not Stage.AUTH
    if late:
        yield _stopped(seen)
    if seen.capabilities is not None:
        yield from judge_features(question, seen)
    elif not late:
        yield _unseen(seen)


def _line(seen: ServerSeen) -> Finding:
    """How far a letter would come, and over what."""
    if seen.stage in _OPENING:
        return _not_open(seen)
    if seen.stage is Stage.STARTTLS:
        return _not_secured(seen)
    if seen.security is Security.PLAINTEXT:
        return _in_clear(seen)
    if seen.speech is Speech.HTTPS:
        return _tls(seen, Grade.PASS, "HTTPS, with a verified certificate")
    if seen.tls == "TLS 1.2":
        return _tls(
            seen,
            Grade.WARN,
            "it speaks TLS 1.2, and not TLS 1.3",
            "let the server speak TLS 1.3 as well: it needs OpenSSL 1.1.1 or newer",
        )
    return _tls(seen, Grade.PASS, f"{seen.tls or 'TLS'}, with a verified certificate")


def _tls(
    seen: ServerSeen, grade: Grade, reason: str, publish: str = "", what: str = "TLS"
) -> Finding:
    return Finding(
        check=_TLS,
        what=what,
        about=_about(seen),
        grade=grade,
        reason=reason,
        seen=_read(seen, grade),
        publish=publish,
    )


def _read(seen: ServerSeen, grade: Grade) -> tuple[str, ...]:
    """What was read of it; what stands against it belongs to what it stands against."""
    told = "" if grade is Grade.PASS else seen.reason
    return tuple(text for text in (seen.tls, told) if text)


def _about(seen: ServerSeen) -> str:
    if not seen.port:
        return seen.host
    host = f"[{seen.host}]" if ":" in seen.host else seen.host
    return f"{host}:{seen.port}"


def _not_open(seen: ServerSeen) -> Finding:
    if not seen.permanent:
        reason = "the server could not be asked now"
        publish = "see whether it runs and can be reached from here, and look again"
        return _tls(seen, Grade.UNKNOWN, reason, publish, "Server")
    if seen.reached:
        reason = "the server does not take mail from this machine"
        publish = (
            "let the server take connections from the address of this machine, or set"
            " the name that is said in EHLO (helo=) to one that it takes"
        )
    else:
        reason = "there is no such server, or this machine may not use it"
        publish = f"correct the host in the carrier's URL ({seen.name})"
    return _tls(seen, Grade.FAIL, reason, publish, "Server")


def _not_secured(seen: ServerSeen) -> Finding:
    if seen.flaw is TlsFlaw.VERSION:
        spoken = seen.tls or "a version of TLS before 1.2"
        reason = f"it speaks {spoken} at most; {_OLD}"
        return _tls(seen, Grade.FAIL, reason, _PROTOCOLS)
    if seen.flaw is not None:
        publish = _DEEDS[seen.flaw].format(host=seen.host)
        return _tls(seen, Grade.FAIL, FLAWS[seen.flaw], publish)
    if seen.permanent:
        reason = "TLS is asked for, and the server does not offer it"
        return _tls(seen, Grade.FAIL, reason, _NO_STARTTLS)
    return _tls(
        seen,
        Grade.UNKNOWN,
        "TLS could not be begun now",
        "look again; if it stays so, the server's log says why",
    )


def _in_clear(seen: ServerSeen) -> Finding:
    if not seen.port or seen.host in _OURS:
        return _tls(seen, Grade.PASS, "nothing leaves this machine")
    offered = seen.capabilities is not None and seen.capabilities.starttls
    publish = "use smtp:// (STARTTLS) or smtps:// in the carrier's URL"
    if not offered:
        publish = f"{_NO_STARTTLS}; then {publish}"
    reason = "letters go to it in clear: whoever sits between reads them all"
    return _tls(seen, Grade.WARN, reason, publish)


def _login(seen: ServerSeen) -> Finding:
    if seen.login is Login.ACCEPTED and seen.stage is not Stage.AUTH:
        return _tls(seen, Grade.PASS, "the login is accepted", what="Login")
    if seen.stage is not Stage.AUTH or not seen.permanent:
        reason = "whether the login is accepted could not be seen now"
        publish = "look again; if it stays so, ask whoever runs the server"
        return _tls(seen, Grade.UNKNOWN, reason, publish, "Login")
    if seen.speech is Speech.HTTPS:
        reason = "the service refuses this account, or its keys"
        publish = "do as it says: keys and profile, or the console of the service"
    elif seen.code is None:
        reason = "the server takes no login of the kind that is set"
        publish = (
            "take the user name out of the URL if it wants none; give a password or a"
            " token, whichever the server takes"
        )
    else:
        reason = "the login is refused"
        publish = (
            "correct the user name or the password (--password-file, --password-env or"
            " --password-keyring); providers often want a password for programs"
        )
    return _tls(seen, Grade.FAIL, reason, publish, "Login")


def _unseen(seen: ServerSeen) -> Finding:
    return Finding(
        check=_FEATURES,
        what="Features",
        about=_about(seen),
        grade=Grade.UNKNOWN,
        reason="what the server can do was not seen: the look ended before",
        publish="mend what is told under P7, and look again",
    )


def _stopped(seen: ServerSeen) -> Finding:
    """It takes us, and would not take the letters."""
    publish = "ask whoever runs the server for what it says"
    if seen.stage is Stage.MAIL:
        publish = "leave require_tls_path out, or use a server that offers REQUIRETLS"
    elif seen.speech is Speech.HTTPS:
        publish = "ask for production access in the console of the service"
    return Finding(
        check=_FEATURES,
        what="Letters",
        about=_about(seen),
        grade=Grade.FAIL if seen.permanent else Grade.UNKNOWN,
        reason="the server would not take the letters",
        seen=(seen.reason,),
        publish=publish,
    )
