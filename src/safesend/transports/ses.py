"""Amazon SES, by its API (v2): the settings, and the sessions made with them."""

from __future__ import annotations

import asyncio
import re
import secrets
import threading
from collections.abc import Sequence
from typing import Any, Self
from urllib.parse import urlsplit

import attrs

from safesend.clock import SYSTEM
from safesend.delivery import Accepted, InDoubt, NotSent, Outcome, Refused, Stage
from safesend.errors import ConfigurationError, TransportError
from safesend.message.envelope import Envelope
from safesend.redaction import Secret
from safesend.smtp.seen import ServerSeen
from safesend.transports.base import Limits, Session
from safesend.transports.ses_account import (
    LARGEST,
    UNASKED,
    account_seen,
    read_limits,
    stopped,
)
from safesend.transports.ses_client import (
    ClientSettings,
    SesClient,
    is_loopback,
    make_client,
    need_boto3,
)
from safesend.transports.ses_pause import DoubtPause
from safesend.transports.ses_replies import (
    Trouble,
    is_credential,
    is_refusal,
    is_throttled,
    outcome,
    words,
)
from safesend.transports.ses_session import SesSession
from safesend.transports.ses_url import read_ses_url

__all__ = ["SesTransport"]

TAG = "safesend"
"""The message tag that bears the opaque id: SES puts a Message-ID of its own."""

ATTEMPT = "safesend-attempt"
"""The tag that tells one call from another for the same message: boto3 repeats none."""

_TIMEOUT = 60.0
_DAY = 86400.0
_TRIES, _BETWEEN = 3, 1.1  # GetAccount may be asked once a second

_region = re.compile(r"[a-z]{2,5}(?:-[a-z]+){1,3}-\d{1,2}").fullmatch
_word = re.compile(r"[A-Za-z0-9_-]{1,64}").fullmatch
_tag = re.compile(r"[A-Za-z0-9_-]{1,256}").fullmatch
_arn = re.compile(r"arn:[\w-]+:ses:[\w-]+:\d+:identity/\S+", re.ASCII).fullmatch

_NO_UTF8 = Refused(
    Stage.MAIL,
    enhanced="5.6.7",
    text="the address needs SMTPUTF8, which Amazon SES does not support",
)


@attrs.frozen
class SesTransport:
    """Amazon SES in one Region, by `SendEmail` of its API v2; needs boto3.

    Credentials are those that boto3 finds: in the environment, of a `profile`, of a
    role. `configuration_set`: whose events, reputation and IP pool are used.
    `endpoint_url`: in place of the Region's own; without TLS on this machine only.
    `from_arn`, `feedback_arn`: of identities that another account lets this one use.
    `timeout`: seconds to wait for an answer; without one the message is in doubt.

    SES sends from an envelope sender of its own. To the one that a campaign has it
    forwards the news of bounces and complaints, if that is a verified identity too.
    """

    region: str
    configuration_set: str | None = attrs.field(default=None, kw_only=True)
    endpoint_url: str | None = attrs.field(default=None, kw_only=True)
    profile: str | None = attrs.field(default=None, kw_only=True)
    from_arn: str | None = attrs.field(default=None, kw_only=True, repr=False)
    feedback_arn: str | None = attrs.field(default=None, kw_only=True, repr=False)
    timeout: float = attrs.field(default=_TIMEOUT, kw_only=True)
    _pause: DoubtPause = attrs.field(
        init=False, factory=DoubtPause, repr=False, eq=False
    )
    _made: list[SesClient] = attrs.field(init=False, factory=list, repr=False, eq=False)
    _lock: threading.Lock = attrs.field(
        init=False, factory=threading.Lock, repr=False, eq=False
    )

    def __attrs_post_init__(self) -> None:
        need_boto3()
        _check(self)

    @classmethod
    def from_url(cls, url: str, *, password: str | Secret | None = None) -> Self:
        """`ses://eu-west-1`, and options: `?configuration_set=news&profile=work`.

        `&endpoint=https://...&from_arn=...&feedback_arn=...&timeout=60`. Raises
        `ConfigurationError`.
        """
        if password is not None:
            raise ConfigurationError(
                "ses:// takes no password: boto3 finds AWS credentials in the"
                " environment, in a profile, or where a role gives them"
            )
        region, options = read_ses_url(url)
        return cls(region, **options)

    @property
    def name(self) -> str:
        """The Region, and whatever else makes it another account or place."""
        named = {"profile": self.profile, "endpoint": self.endpoint_url}
        options = "&".join(f"{key}={value}" for key, value in named.items() if value)
        return f"ses://{self.region}" + (f"?{options}" if options else "")

    def route(self, envelope: Envelope) -> str:  # noqa: ARG002 - one account, one rate
        """One account in one Region, one queue."""
        return self.name

    def limits(self) -> Limits | None:
        """None: SES has to be asked."""
        return None

    async def inform(self) -> Limits:
        """The account's rate, and how many it may send still; see `Informed`.

        Raises `TransportError` where it may send nothing, where AWS does not know the
        credentials or cannot be reached. Who may not ask goes on, slowly.
        """
        client = await asyncio.to_thread(self._client)
        let_go = client.hold()
        try:
            answer = await self._asked(client)
        finally:
            let_go()
        if not isinstance(answer, Trouble):
            if (reason := stopped(answer)) is not None:
                raise self._error(reason, Stage.AUTH, permanent=True)
            return read_limits(answer)
        if is_credential(answer):
            raise self._error(_who(answer), Stage.AUTH, permanent=True)
        if not is_refusal(answer.status):
            raise self._error(words(answer), Stage.CONNECT)
        note = (
            f"Amazon SES does not say how much this account may send ({words(answer)}):"
            f" allow ses:GetAccount, or set a rate; without one it is {UNASKED:g}"
            " message a second"
        )
        return Limits(rate=UNASKED, assumed=True, notes=(note,))

    async def probe(self) -> Sequence[ServerSeen]:
        """What the service says of the account, as before each run; no message."""
        answer: Limits | TransportError
        try:
            answer = await self.inform()
            where = (await asyncio.to_thread(self._client)).endpoint
        except TransportError as error:
            answer = error
            where = self.endpoint_url or f"https://email.{self.region}.amazonaws.com"
        return (account_seen(self.name, where, answer),)

    async def connect(self, route: str) -> Session:  # noqa: ARG002 - there is but one
        """A session. Raises `TransportError`: no credentials, or no answers lately."""
        client = await asyncio.to_thread(self._client)
        wait = self._pause.closed(SYSTEM.monotonic())
        if wait:
            reason = f"no clear answer ({self._pause.why}); tried in {wait:.0f} s again"
            raise self._error(reason, Stage.CONTENT)
        secure = client.endpoint.startswith("https:")
        security = "HTTPS, certificate verified" if secure else "not encrypted"
        return SesSession(
            lambda envelope: self._carry(client, envelope), security, client.hold()
        )

    def _client(self) -> SesClient:
        """Made once: that takes longer than a hundred messages."""
        with self._lock:
            if not self._made:
                settings = ClientSettings(
                    self.region, self.endpoint_url, self.profile, self.timeout
                )
                self._made.append(make_client(settings))
            return self._made[0]

    async def _asked(self, client: SesClient) -> dict[str, Any] | Trouble:
        """What `GetAccount` says; it may be asked again, as it changes nothing."""
        for _ in range(_TRIES - 1):
            answer = await asyncio.to_thread(client.account)
            if not isinstance(answer, Trouble):
                return answer
            if is_refusal(answer.status) and not is_throttled(answer):
                return answer
            await asyncio.sleep(_BETWEEN)
        return await asyncio.to_thread(client.account)

    def _carry(self, client: SesClient, envelope: Envelope) -> Outcome:
        """Send one message; in a thread."""
        refusal = _unfit(envelope)
        if refusal is not None:
            return refusal
        answer = client.send(self._request(envelope))
        if isinstance(answer, str):
            self._pause.answered()
            return Accepted(code=250, text=f"Ok {answer}")
        result = outcome(answer, envelope.recipient)
        if isinstance(result, InDoubt | NotSent):
            self._pause.unanswered(SYSTEM.monotonic(), result.text)
        else:
            self._pause.answered()
        return result

    def _request(self, envelope: Envelope) -> dict[str, Any]:
        """One address, and the octets as they are.

        No FromEmailAddress: SES would write it over the From of the message.
        """
        optional = {
            "ConfigurationSetName": self.configuration_set,
            "FromEmailAddressIdentityArn": self.from_arn,
            "FeedbackForwardingEmailAddress": envelope.sender,
            "FeedbackForwardingEmailAddressIdentityArn": self.feedback_arn,
        }
        return {
            "Destination": {"ToAddresses": [envelope.recipient.wire]},
            "Content": {"Raw": {"Data": envelope.content}},
            "EmailTags": [
                {"Name": TAG, "Value": _opaque(envelope)},
                {"Name": ATTEMPT, "Value": secrets.token_hex(8)},
            ],
            **{name: value for name, value in optional.items() if value},
        }

    def _error(
        self, reason: str, stage: Stage, *, permanent: bool = False
    ) -> TransportError:
        return TransportError(
            f"{self.name}: {reason}", stage=stage, permanent=permanent
        )


def _opaque(envelope: Envelope) -> str:
    """What stands for the message in the events of SES; the same on every attempt."""
    local = envelope.message_id.strip("<>").partition("@")[0]
    return local if _tag(local) else envelope.row.hex()


def _unfit(envelope: Envelope) -> Refused | None:
    if envelope.needs_smtputf8:
        return _NO_UTF8
    if envelope.size > LARGEST:
        text = f"the message has {envelope.size} octets, Amazon SES takes {LARGEST}"
        return Refused(Stage.MAIL, enhanced="5.3.4", text=text)
    return None


def _who(trouble: Trouble) -> str:
    return (
        f"AWS does not accept the credentials ({words(trouble)}): look at keys, token"
        " and profile, and at this machine's clock"
    )


def _check(transport: SesTransport) -> None:
    if not _region(str(transport.region)):
        raise ConfigurationError("the Region of Amazon SES is one like 'eu-west-1'")
    named = {
        "configuration_set": transport.configuration_set,
        "profile": transport.profile,
    }
    for option, value in named.items():
        if value is not None and not _word(value):
            raise ConfigurationError(
                f"{option} is a name of letters, digits, hyphens and underscores"
            )
    for option in ("from_arn", "feedback_arn"):
        value = getattr(transport, option)
        if value is not None and not _arn(value):
            raise ConfigurationError(
                f"{option} is the ARN of an identity:"
                " arn:aws:ses:eu-west-1:123456789012:identity/example.org"
            )
    if not 0 < transport.timeout <= _DAY:
        raise ConfigurationError(
            "the timeout is a number of seconds, above 0 and at most a day"
        )
    if transport.endpoint_url is not None:
        _check_endpoint(transport.endpoint_url)


def _check_endpoint(url: str) -> None:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        port = -1
    if (
        port == -1
        or parts.scheme not in {"http", "https"}
        or not parts.hostname
        or not url.isprintable()
        or set(url) & set(" @?#&")
    ):
        raise ConfigurationError(
            "the endpoint is a URL like https://email.eu-west-1.amazonaws.com, without"
            " a user and options"
        )
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ConfigurationError(
            "the endpoint of Amazon SES begins with https://; without TLS it may only"
            " be on this machine"
        )
