"""The server's side of AUTH: generators that yield challenges and are sent responses.

They give the name of the user, or None when the proof was wrong, and raise ValueError
for what is no response at all (RFC 4954, 4616, 7628).
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Generator, Mapping

from safesend.testing.syntax import Bad

__all__ = ["MECHANISMS", "Exchange", "Login"]

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


class Login:
    """One AUTH command, from its first response to the proof."""

    def __init__(self, mechanism: str, users: Users) -> None:
        self._begin, self._users = MECHANISMS[mechanism], users
        self._exchange: Exchange | None = None
        self.user: str | None = None
        """Who logged in, once `answer` has nothing more to ask."""

    def answer(self, text: str) -> bytes | None:
        """The challenge that follows a response; None when there is none.

        The first text is that of the command, "" if it had none. Raises `Bad`.
        """
        try:
            if self._exchange is None:
                self._exchange = self._begin(
                    _decoded(text) if text else None, self._users
                )
                return next(self._exchange)
            return self._exchange.send(_decoded(text))
        except StopIteration as done:
            self.user = done.value
            return None
        except (ValueError, LookupError, RuntimeError):
            raise Bad("501 5.5.2 Not a response of this mechanism") from None


def _decoded(text: str) -> bytes:
    """A response as it was before base64; "=" is the empty one (RFC 4954 §4)."""
    if text == "*":
        raise Bad("501 5.7.0 Cancelled")
    try:
        return b"" if text == "=" else base64.b64decode(text, validate=True)
    except ValueError:
        raise Bad("501 5.5.2 Not base64") from None
