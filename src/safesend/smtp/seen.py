"""What a look at a server has seen, of TLS, login and features: a value to be judged.

No letter, no sender and no recipient is named to a server that is merely looked at.
"""

from __future__ import annotations

import enum

import attrs

from safesend.delivery import Stage
from safesend.errors import TransportError
from safesend.smtp.capabilities import Capabilities
from safesend.smtp.opening import Security

__all__ = ["Login", "ServerSeen", "Speech", "TlsFlaw"]


class Speech(enum.StrEnum):
    """What is spoken with a server."""

    SMTP = "smtp"
    LMTP = "lmtp"
    HTTPS = "https"
    """The interface of a provider."""


class TlsFlaw(enum.StrEnum):
    """Why a handshake failed, where trying again will not help."""

    NAME = "name"
    """The certificate is for other names."""
    EXPIRED = "expired"
    NOT_YET = "not yet"
    """The certificate holds from a later date on."""
    AUTHORITY = "authority"
    """Nobody who is known vouches for the certificate."""
    CERTIFICATE = "certificate"
    """It is not to be trusted for another reason."""
    VERSION = "version"
    """TLS older than 1.2, and nothing else."""
    CLEAR = "clear"
    """There is no TLS from the first byte on at this port."""
    HANDSHAKE = "handshake"
    """Something else about the handshake."""


class Login(enum.StrEnum):
    """What became of the user name and the password."""

    NONE = "none"
    """None was given."""
    UNTRIED = "untried"
    """The look ended before, or the server could not tell now."""
    ACCEPTED = "accepted"
    REFUSED = "refused"


@attrs.frozen(kw_only=True)
class ServerSeen:
    """One server, as far as a look came.

    `name` is that of the carrier, `port` is 0 for a Unix socket, whose path is the
    `host`. `tls` is the version that was spoken ("TLS 1.3"; "" for none), also where it
    is too old to be used; `flaw` says why the handshake failed. `capabilities` are None
    where the look ended before.

    `stage` is where it ended: None where nothing stood against it. Then `reason` says
    what did, `code` and `enhanced` are the server's; `permanent`: it will again.
    `quota` is how many messages the server takes still, and `notes` what a person
    should know besides, each in a sentence.
    """

    name: str
    host: str
    port: int = 0
    speech: Speech = Speech.SMTP
    security: Security = Security.STARTTLS
    reached: bool = False
    tls: str = ""
    flaw: TlsFlaw | None = None
    capabilities: Capabilities | None = None
    login: Login = Login.NONE
    stage: Stage | None = None
    reason: str = ""
    code: int | None = None
    enhanced: str | None = None
    permanent: bool = False
    quota: int | None = None
    notes: tuple[str, ...] = ()

    def opened(self, tls: str, capabilities: Capabilities) -> ServerSeen:
        """The same, where all went well."""
        login = Login.NONE if self.login is Login.NONE else Login.ACCEPTED
        return attrs.evolve(
            self, reached=True, tls=tls, capabilities=capabilities, login=login
        )

    def ended_by(self, error: TransportError) -> ServerSeen:
        """The same, with what the look ended by."""
        stage = Stage(error.stage)
        refused = stage is Stage.AUTH and error.permanent
        return attrs.evolve(
            self,
            login=Login.REFUSED if refused else self.login,
            stage=stage,
            reason=str(error),
            code=error.code,
            enhanced=error.enhanced,
            permanent=error.permanent,
        )
