"""How one logs in: PLAIN, LOGIN, XOAUTH2, OAUTHBEARER.

All four give the secret away to whoever reads the line, so a conversation uses them
under TLS only.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Sequence

import attrs

from safesend.errors import LocalProtocolError
from safesend.redaction import Secret

__all__ = ["Credentials", "Mechanism", "choose", "told_by"]

_NO_PASSWORD = re.compile("[\0\ud800-\udfff]")
_CONTROLS = re.compile("[\x00-\x1f\x7f]")
_STATUS = re.compile(r"[A-Za-z0-9_. -]{1,60}")
_BEARER = re.compile(r"[A-Za-z0-9._~+/=-]+")  # RFC 6750 section 2.1


@attrs.frozen
class Credentials:
    """Who logs in, and by what: a password, or an OAuth token. Prints neither."""

    username: str = attrs.field(repr=False)
    password: Secret | None = attrs.field(default=None)
    token: Secret | None = attrs.field(default=None)
    host: str = ""
    port: int = 0
    """Where to: OAUTHBEARER signs nothing, but says it (RFC 7628 section 3.1)."""

    @username.validator
    def _check_username(self, _: object, value: str) -> None:
        # PLAIN parts its fields by NUL, the OAuth ones by ^A.
        if not value or _CONTROLS.search(value):
            raise LocalProtocolError(
                "the user name is empty or holds a control character"
            )

    @password.validator
    def _check_password(self, _: object, value: Secret | None) -> None:
        if value is not None and _NO_PASSWORD.search(value.reveal()):
            raise LocalProtocolError(
                "a password is text in UTF-8 without NUL (RFC 4616)"
            )

    @token.validator
    def _check_token(self, _: object, value: Secret | None) -> None:
        if value is not None and _BEARER.fullmatch(value.reveal()) is None:
            raise LocalProtocolError("this is not a bearer token (RFC 6750)")

    def hide(self, text: str) -> str:
        """The text with the secrets cut out, should a server repeat them."""
        for secret in (self.password, self.token):
            if secret is not None and secret.reveal():
                text = text.replace(secret.reveal(), "***")
        return text


@attrs.frozen
class Mechanism:
    """One way to log in: what is said at once, and what is said to each challenge.

    `answers` are given in turn; a further challenge means that the server wants what
    we do not have.
    """

    name: str
    initial: bytes | None = attrs.field(repr=False)
    answers: tuple[bytes, ...] = attrs.field(default=(), repr=False)


def choose(credentials: Credentials, offered: Sequence[str]) -> Mechanism | None:
    """The strongest mechanism that the server offers and the credentials serve."""
    for name, make in _TOKEN if credentials.token is not None else _PASSWORD:
        if name in offered:
            return make(credentials)
    return None


def told_by(challenge: str) -> str:
    """The status inside the challenge by which a server refuses a token.

    RFC 7628 section 3.2.2; XOAUTH2 does the same. Empty when there is none.
    """
    try:
        told = json.loads(base64.b64decode(challenge, validate=True))
    except (binascii.Error, ValueError, RecursionError):
        return ""
    status = str(told.get("status", "")) if isinstance(told, dict) else ""
    return status if _STATUS.fullmatch(status) else ""


def _revealed(secret: Secret | None) -> str:
    return "" if secret is None else secret.reveal()


def _plain(own: Credentials) -> Mechanism:
    """RFC 4616: no authorization identity, user name, password."""
    return Mechanism("PLAIN", f"\0{own.username}\0{_revealed(own.password)}".encode())


def _login(own: Credentials) -> Mechanism:
    """Never standardised (draft-murchison-sasl-login): asked one after the other."""
    answers = (own.username.encode(), _revealed(own.password).encode())
    return Mechanism("LOGIN", None, answers)


def _oauthbearer(own: Credentials) -> Mechanism:
    """RFC 7628 section 3.1. A refusal comes as a challenge, to be answered with ^A."""
    name = own.username.replace("=", "=3D").replace(",", "=2C")
    fields = f"host={own.host}\1port={own.port}\1auth=Bearer {_revealed(own.token)}"
    return Mechanism("OAUTHBEARER", f"n,a={name},\1{fields}\1\1".encode(), (b"\1",))


def _xoauth2(own: Credentials) -> Mechanism:
    """Google's and Microsoft's own. A refusal's challenge is answered with nothing."""
    initial = f"user={own.username}\1auth=Bearer {_revealed(own.token)}\1\1"
    return Mechanism("XOAUTH2", initial.encode(), (b"",))


_Make = Callable[[Credentials], Mechanism]
_TOKEN: Sequence[tuple[str, _Make]] = (
    ("OAUTHBEARER", _oauthbearer),
    ("XOAUTH2", _xoauth2),
)
_PASSWORD: Sequence[tuple[str, _Make]] = (("PLAIN", _plain), ("LOGIN", _login))
