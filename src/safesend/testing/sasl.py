"""The server's side of AUTH: generators that yield challenges and are sent responses.

They give the name of the user, or None when the proof was wrong, and raise ValueError
for what is no response at all (RFC 4954, 4616, 7628).
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Generator, Mapping

__all__ = ["MECHANISMS", "Exchange", "decoded"]

Exchange = Generator[bytes, bytes, str | None]
Users = Mapping[str, str]

_OAUTH_ERROR = b'{"status":"401","schemes":"bearer"}'


def _known(users: Users, user: str, proof: str) -> str | None:
    return user if users.get(user) == proof else None


def _plain(first: bytes | None, users: Users) -> Exchange:
    response = (yield b"") if first is None else first
    _, user, password = response.decode().split("\0")
    return _known(users, user, password)


def _login(first: bytes | None, users: Users) -> Exchange:
    user = (yield b"Username:") if first is None else first
    password = yield b"Password:"
    return _known(users, user.decode(), password.decode())


def _xoauth2(first: bytes | None, users: Users) -> Exchange:
    response = (yield b"") if first is None else first
    name, proof, _, _ = response.decode().split("\1")
    user = _known(users, name.removeprefix("user="), proof.removeprefix("auth=Bearer "))
    if user is None:
        yield _OAUTH_ERROR
    return user


def _oauthbearer(first: bytes | None, users: Users) -> Exchange:
    response = (yield b"") if first is None else first
    header, *pairs, _, _ = response.decode().split("\1")
    proof = next(pair for pair in pairs if pair.startswith("auth="))
    name = header.split(",")[1].removeprefix("a=")
    user = _known(users, name, proof.removeprefix("auth=Bearer "))
    if user is None:
        yield _OAUTH_ERROR
    return user


MECHANISMS: Mapping[str, Callable[[bytes | None, Users], Exchange]] = {
    "PLAIN": _plain,
    "LOGIN": _login,
    "XOAUTH2": _xoauth2,
    "OAUTHBEARER": _oauthbearer,
}


def decoded(text: str) -> bytes:
    """A response as it was before base64; "=" is the empty one (RFC 4954 §4)."""
    return b"" if text == "=" else base64.b64decode(text, validate=True)
