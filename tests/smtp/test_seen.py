"""What a look has seen is kept as it was."""

from __future__ import annotations

import attrs

from safesend.delivery import Stage
from safesend.errors import TransportError
from safesend.smtp import Capabilities
from safesend.smtp.seen import Login, ServerSeen

KNOWN = ServerSeen(name="smtp://relay.test:587", host="relay.test", port=587)
WITH_LOGIN = attrs.evolve(KNOWN, login=Login.UNTRIED)


def test_all_went_well():
    """The server was reached, and a login that was given is accepted."""
    offered = Capabilities(pipelining=True)
    seen = WITH_LOGIN.opened("TLS 1.3", offered)

    assert (seen.reached, seen.tls, seen.capabilities) == (True, "TLS 1.3", offered)
    assert seen.login is Login.ACCEPTED
    assert KNOWN.opened("TLS 1.3", offered).login is Login.NONE


def test_what_stood_against_it():
    """The reply is kept; a login is refused only by a refusal."""
    error = TransportError("no", stage="auth", code=535, enhanced="5.7.8")
    later = WITH_LOGIN.ended_by(error)
    error.permanent = True
    refused = WITH_LOGIN.ended_by(error)

    assert (refused.stage, refused.code, refused.enhanced) == (
        Stage.AUTH,
        535,
        "5.7.8",
    )
    assert (later.login, refused.login) == (Login.UNTRIED, Login.REFUSED)
    unmet = WITH_LOGIN.ended_by(TransportError("no", permanent=True))
    assert (unmet.login, unmet.stage) == (Login.UNTRIED, Stage.CONNECT)
