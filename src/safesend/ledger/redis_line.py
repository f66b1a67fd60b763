"""The line to a Redis: where it is, and what is said when it does not answer."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from safesend.errors import ConfigurationError, LedgerError

if TYPE_CHECKING:
    import redis

__all__ = ["PASSWORD", "RedisLine", "checked_url"]

PASSWORD = "SAFESEND_LIMITS_PASSWORD"  # noqa: S105 - the name of a variable
"""The variable with the password of the Redis."""

_SCHEMES = frozenset({"redis", "rediss", "unix"})
_SECONDS = 1.0
"""Seconds in which it has to answer."""


def checked_url(url: str) -> str:
    """The URL of a Redis. Raises `ConfigurationError`."""
    try:
        parts = urlsplit(url)
        known = parts.scheme in _SCHEMES and (parts.hostname or parts.path)
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
        except (redis.ConnectionError, redis.TimeoutError) as error:
            said = " ".join(str(error).split())
            raise LedgerError(
                f"the limits in {self.name} cannot be reached ({said}); nothing goes"
                " without them"
            ) from error
        except redis.RedisError as error:
            said = " ".join(str(error).split())
            raise LedgerError(
                f"the limits in {self.name}: Redis says: {said}"
            ) from error


def _client(url: str) -> redis.Redis:
    try:
        import redis  # noqa: PLC0415 - an extra
    except ImportError:
        raise ConfigurationError(
            "limits in a Redis need the package redis: pip install 'safesend[redis]'"
        ) from None
    # Left alone it tries again by itself, the longer the worse its server stands.
    once = redis.retry.Retry(redis.backoff.NoBackoff(), 0)
    return redis.Redis.from_url(
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
