"""The line to a Redis: where it is, and what is said when it does not answer."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from safesend.errors import ConfigurationError, LedgerError

if TYPE_CHECKING:
    import redis

__all__ = ["PASSWORD", "RedisLine", "checked_url"]

PASSWORD = "SAFESEND_LIMITS_PASSWORD"  # noqa: S105 - the name of a variable
"""The variable with the password of the Redis."""

_DATABASE = re.compile(r"/?(0|[1-9][0-9]{0,4})?")
_SCHEMES = frozenset({"redis", "rediss", "unix"})
_SECONDS = 1.0
"""Seconds in which it has to answer."""


def checked_url(url: str) -> str:
    """The URL of a Redis. Raises `ConfigurationError`."""
    try:
        parts = urlsplit(url)
        known = parts.scheme in _SCHEMES and bool(parts.hostname or parts.path)
        if parts.scheme != "unix" and not _DATABASE.fullmatch(parts.path):
            known = False  # the client would take number 0
        _ = parts.port
    except ValueError:
        known = False
    if not known:
        raise ConfigurationError(
            "limits: write where the Redis is that keeps them: redis://host:6379/0"
        )
    if parts.password is not None or "password" in parts.query:
        raise ConfigurationError(
            "limits: the password of the Redis does not stand in its URL, which is kept"
            f" with the campaign; put it into the variable {PASSWORD}"
        )
    for name, _value in parse_qsl(parts.query, keep_blank_values=True):
        # How long it is waited for, and the like, is not to be changed.
        if name != "db" and not name.startswith("ssl_"):
            raise ConfigurationError(
                f"limits: {name!r} in the URL of the Redis: only db and the names that"
                " begin with ssl_ may stand behind the question mark"
            )
    return url


class RedisLine:
    """One connection, opened when it is first used, and again after it broke."""

    def __init__(self, url: str) -> None:
        """Nothing is said yet. Raises `ConfigurationError`."""
        self.name = checked_url(url)
        self._client = _client(url)
        self._scripts: dict[str, Any] = {}

    def run(self, script: str, keys: Sequence[str], values: Sequence[object]) -> Any:
        """The answer of a script in Lua. Raises `LedgerError` after a second."""
        with self._explained():
            if script not in self._scripts:
                self._scripts[script] = self._client.register_script(script)
            return self._scripts[script](keys=keys, args=values)

    def close(self) -> None:
        """Let go of it. May be called twice."""
        self._client.close()

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        import redis  # noqa: PLC0415 - an extra

        try:
            yield
        except redis.AuthenticationError as error:
            raise LedgerError(
                f"the limits in {self.name}: Redis lets nobody in like that"
                f" ({_said(error)}); its password stands in the variable {PASSWORD}"
            ) from error
        except (redis.ConnectionError, redis.TimeoutError, UnicodeError) as error:
            # UnicodeError: a host that can be none, says Python.
            raise LedgerError(
                f"the limits in {self.name} cannot be reached ({_said(error)}); nothing"
                " goes without them"
            ) from error
        except redis.RedisError as error:
            raise LedgerError(
                f"the limits in {self.name}: Redis says: {_said(error)}"
            ) from error


def _said(error: Exception) -> str:
    return " ".join(str(error).split())


def _client(url: str) -> redis.Redis:
    try:
        import redis  # noqa: PLC0415 - an extra
    except ImportError:
        raise ConfigurationError(
            "limits in a Redis need the package redis: pip install 'safesend[redis]'"
        ) from None
    # Left alone it tries again by itself, the longer the worse its server stands.
    once = redis.retry.Retry(redis.backoff.NoBackoff(), 0)
    try:
        client = redis.Redis.from_url(
            url,
            password=os.environ.get(PASSWORD) or None,
            socket_timeout=_SECONDS,
            socket_connect_timeout=_SECONDS,
            retry=once,
            retry_on_error=[],
            client_name="safesend",
            decode_responses=True,
            max_connections=1,
        )
        # What the URL says is not looked at before: nothing is said to anybody here.
        pool = client.connection_pool
        pool.connection_class(**pool.connection_kwargs)
    except (TypeError, ValueError, redis.RedisError) as error:
        raise ConfigurationError(
            f"limits: the URL {url} of the Redis: {_said(error)}"
        ) from None
    return client
