"""The one file that knows boto3: calls of Amazon SES, and how far each of them came.

boto3 tries again by itself, and SES has no token by which it would know a message
again: so every retry is off here, and redirects with them. Whether a message may have
been taken does not follow from botocore's exceptions (a time-out may be one of the TLS
handshake): so the body of each request tells when its last octets are fetched for the
socket. A connection that is reused may have been closed by the other side just then;
also that is seen only after the octets were handed over, and so it is a doubt.
"""

from __future__ import annotations

import difflib
import importlib.util
import logging
import threading
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import attrs

from safesend.delivery import Stage
from safesend.errors import ConfigurationError, TransportError
from safesend.transports.ses_replies import Trouble, words

__all__ = ["ClientSettings", "SesClient", "is_loopback", "make_client", "need_boto3"]

_CONNECT_TIMEOUT = 10.0
_MOST_CONNECTIONS = 256  # kept open: as many as there are ever lanes
_BLOCK = 65536
_CHATTY = (
    "auth",
    "endpoint",
    "hooks",
    "httpsession",
    "parsers",
    "regions",
    "retryhandler",
)
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@attrs.frozen
class ClientSettings:
    """What a client is made with; everything else boto3 finds where it always does."""

    region: str
    endpoint_url: str | None
    profile: str | None
    timeout: float


class _Wire(threading.local):
    """How far the latest request of this thread came."""

    busy = False
    ended = False

    def watch(self, request: Any, **_: object) -> None:
        """Told by botocore when a request is ready, and nothing of it is sent yet."""
        if isinstance(request.body, bytes):
            request.body = self._watched(request.body)
        else:  # of another botocore: nobody can tell how far it came
            self.ended = True

    def _watched(self, body: bytes) -> Iterator[bytes]:
        last = max(0, len(body) - 1) // _BLOCK
        for number in range(last + 1):
            self.ended = number == last
            yield body[number * _BLOCK : (number + 1) * _BLOCK]


_WIRE = _Wire()


@attrs.define(eq=False)
class SesClient:
    """Calls, which may be made by several threads at once.

    Connections are kept as long as somebody holds the client; see `hold`.
    """

    _client: Any = attrs.field(repr=False)
    _lock: threading.Lock = attrs.field(factory=threading.Lock, repr=False)
    _holders: int = 0

    @property
    def endpoint(self) -> str:
        """Where the calls go."""
        url: str = self._client.meta.endpoint_url
        return url

    def hold(self) -> Callable[[], None]:
        """Keep connections for one holder more, who calls at the end what it gives."""
        with self._lock:
            self._holders += 1
        held = [self]

        def let_go() -> None:
            with self._lock:
                if not held:
                    return
                held.clear()
                self._holders -= 1
                if not self._holders:
                    self._client.close()  # calls may follow: they open others

        return let_go

    def send(self, request: dict[str, Any]) -> str | Trouble:
        """Send one message; the id that SES gave it, or what went wrong."""
        answer = self._call("send_email", request)
        if isinstance(answer, Trouble):
            return answer
        given = answer.get("MessageId")
        if isinstance(given, str) and given:
            return given
        return Trouble("NoMessageId", "the answer bears no MessageId", ended=True)

    def account(self) -> dict[str, Any] | Trouble:
        """What the account may send."""
        return self._call("get_account", {})

    def _call(self, name: str, request: dict[str, Any]) -> dict[str, Any] | Trouble:
        from botocore.exceptions import ClientError  # noqa: PLC0415 - on use

        _WIRE.ended, _WIRE.busy = False, True
        try:
            answer: dict[str, Any] = getattr(self._client, name)(**request)
        except ClientError as error:
            return _answered(error.response, ended=_WIRE.ended)
        except Exception as error:  # noqa: BLE001 - the wire tells
            return Trouble(type(error).__name__, str(error), ended=_WIRE.ended)
        else:
            return answer
        finally:
            _WIRE.busy = False


def _answered(response: Any, *, ended: bool) -> Trouble:
    error = response.get("Error", {})
    name, said = str(error.get("Code", "")), str(error.get("Message", ""))
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return Trouble(name, said, status, ended=ended)


def need_boto3() -> None:
    """Whether it is there, without the time that importing it takes.

    Raises `ConfigurationError`.
    """
    if importlib.util.find_spec("boto3") is None:
        raise ConfigurationError('Amazon SES needs boto3: pip install "safesend[ses]"')


def make_client(settings: ClientSettings) -> SesClient:
    """Takes a tenth of a second. Raises `ConfigurationError`, `TransportError`."""
    need_boto3()
    import boto3  # noqa: PLC0415 - an extra
    from botocore.config import Config  # noqa: PLC0415 - an extra
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415 - an extra

    config = Config(
        retries={"total_max_attempts": 1, "mode": "standard"},
        connect_timeout=min(_CONNECT_TIMEOUT, settings.timeout),
        read_timeout=settings.timeout,
        max_pool_connections=_MOST_CONNECTIONS,
        tcp_keepalive=True,
        user_agent_extra="safesend",
        parameter_validation=False,  # half a millisecond, for what is ours
    )
    try:
        session = boto3.session.Session(profile_name=settings.profile)
        client = _made(session, settings, config)
        if not client.meta.endpoint_url.startswith("https:"):
            # In clear it stays on this machine: no proxy of the environment has it.
            client = _made(session, settings, config.merge(Config(proxies={})))
        found = session.get_credentials()
        known = _regions(session) if settings.endpoint_url is None else []
    except (BotoCoreError, ValueError) as error:
        reason = words(Trouble(type(error).__name__, str(error)))
        raise TransportError(
            f"boto3: {reason}", stage=Stage.AUTH, permanent=True
        ) from None
    if settings.endpoint_url is None:
        _check_region(settings.region, known, client.meta.endpoint_url)
    _check(found, client.meta.endpoint_url)
    client.meta.events.register("before-send.sesv2.SendEmail", _WIRE.watch)
    for name in _CHATTY:
        logging.getLogger(f"botocore.{name}").addFilter(_DISCREET)
    return SesClient(client)


def _made(session: Any, settings: ClientSettings, config: Any) -> Any:
    return session.client(
        "sesv2",
        region_name=settings.region,
        endpoint_url=settings.endpoint_url,
        config=config,
    )


def _regions(session: Any) -> list[str]:
    """Those that have Amazon SES, as boto3 knows."""
    return [
        region
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("sesv2", partition_name=partition)
    ]


def _check_region(region: str, known: list[str], endpoint: str) -> None:
    """boto3 makes an endpoint of any name; the environment may name one of its own."""
    host = urlsplit(endpoint).hostname or ""
    own = not host.startswith((f"email.{region}.", f"email-fips.{region}."))
    if own or not known or region in known:
        return
    near = difflib.get_close_matches(region, known, n=3)
    meant = f" (near that name: {', '.join(near)})" if near else ""
    raise ConfigurationError(
        f"boto3 knows no Region {region!r} with Amazon SES{meant}; for one that is"
        " newer than this boto3, or private, give its endpoint: ?endpoint=https://..."
    )


def _check(credentials: object, endpoint: str) -> None:
    if credentials is None:
        raise TransportError(
            "no AWS credentials were found: set AWS_ACCESS_KEY_ID and"
            " AWS_SECRET_ACCESS_KEY, name a profile, or run where a role gives them",
            stage=Stage.AUTH,
            permanent=True,
        )
    parts = urlsplit(endpoint)
    if parts.scheme != "https" and not is_loopback(parts.hostname):
        raise ConfigurationError(
            "the endpoint of Amazon SES begins with https://; without TLS it may only"
            " be on this machine"
        )


def is_loopback(host: str | None) -> bool:
    """Whether a host is this machine."""
    return host in _LOOPBACK


class _Discreet(logging.Filter):
    """Keeps what boto3 writes about our calls out of the log: whole requests."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno > logging.DEBUG or not _WIRE.busy


_DISCREET = _Discreet()
