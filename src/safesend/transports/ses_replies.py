"""What Amazon SES answers, or does not, as the outcome of a message: one table (pure).

Its API says in names what its SMTP endpoint says in replies: an outcome bears that
reply, with the name in front, so that the one table of replies judges it. What the HTTP
status and the wire say comes first: a message of which the end never left was not sent,
and where the end left and no clear word came back it is in doubt, whatever else was
said. SES has no token by which it would know a message again.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html#API_SendEmail_Errors
https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-smtp.html
"""

from __future__ import annotations

import re

import attrs

from safesend.delivery import Deferred, InDoubt, NotSent, Outcome, Refused, Stage
from safesend.message.address import Address
from safesend.redaction import mask_text

__all__ = [
    "Trouble",
    "is_credential",
    "is_refusal",
    "is_throttled",
    "outcome",
    "words",
]

_SERVER_ERROR, _CLIENT_ERROR = 500, 400
_REQUEST_TIMEOUT, _TOO_MANY, _NOT_FOUND = 408, 429, 404
_LOGIN = frozenset({401, 403})
_LONGEST = 300

_RATE = "Throttling failure: Maximum sending rate exceeded"
_QUOTA = "Throttling failure: Daily message quota exceeded"
_QUOTA_SAID = re.compile(r"daily (?:message|sending) quota", re.IGNORECASE)
_UNVERIFIED = re.compile(
    r"email address is not verified\.? the following identities failed the check"
    r" in region [\w-]+: (.+)",
    re.IGNORECASE,
)

# Names as they come, without the "Exception" that some end in.
_THROTTLED = frozenset(
    {
        "BandwidthLimitExceeded",
        "RequestLimitExceeded",
        "RequestThrottled",
        "Throttled",
        "Throttling",
        "TooManyRequests",
    }
)
_STOPPED = frozenset({"AccountSendingPaused", "AccountSuspended", "SendingPaused"})
_CONFIGURATION = frozenset(
    {
        "ConfigurationSetDoesNotExist",
        "ConfigurationSetSendingPaused",
        "MailFromDomainNotVerified",
        "NotFound",
        "UnknownOperation",
    }
)
# What says "access denied" was signed by somebody who is known.
_DENIED = frozenset({"AccessDenied", "UnauthorizedOperation"})
_CREDENTIALS = frozenset(
    {
        "ExpiredToken",
        "IncompleteSignature",
        "InvalidClientTokenId",
        "InvalidSignature",
        "MissingAuthenticationToken",
        "NotAuthorized",
        "OptInRequired",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "UnrecognizedClient",
    }
)
# Of botocore's own errors, before anything is sent.
_NO_CREDENTIALS = frozenset(
    {
        "NoAuthTokenError",
        "NoCredentialsError",
        "PartialCredentialsError",
        "ProfileNotFound",
        "SSOError",
        "SSOTokenLoadError",
        "TokenRetrievalError",
        "UnauthorizedSSOTokenError",
    }
)
_NO_CREDENTIALS_YET = frozenset({"CredentialRetrievalError", "MetadataRetrievalError"})


_is_name = re.compile(r"\w{1,60}", re.ASCII).fullmatch


def _named(name: str) -> str:
    """It comes from a header: what is no name is not repeated."""
    return name if _is_name(name) else "Unnamed"


@attrs.frozen
class Trouble:
    """A call that was not answered as hoped: what it is called, and how far it came.

    `status` is that of HTTP, None where no answer came; `ended` says whether the end
    of the request was handed to the network.
    """

    name: str = attrs.field(converter=_named)
    said: str = attrs.field(default="", repr=False)
    status: int | None = None
    ended: bool = True

    @property
    def kind(self) -> str:
        """The name without its ending."""
        return self.name.removesuffix("Exception")


def outcome(trouble: Trouble, recipient: Address) -> Outcome:
    """What became of the message for this recipient."""
    if (login := _login(trouble)) is not None:
        return login
    if is_refusal(trouble.status):
        return _refused(trouble, recipient)
    if not trouble.ended:
        return NotSent(Stage.CONNECT, text=words(trouble))
    return InDoubt(text=words(trouble))


def is_refusal(status: int | None) -> bool:
    """Whether this HTTP status says that nothing was done (RFC 9110 section 15.5).

    Not so 408: something between may have waited too long for an answer.
    """
    return (
        status is not None
        and _CLIENT_ERROR <= status < _SERVER_ERROR
        and status != _REQUEST_TIMEOUT
    )


def is_throttled(trouble: Trouble) -> bool:
    """Whether it says "too fast", and nothing more."""
    return is_refusal(trouble.status) and (
        trouble.status == _TOO_MANY or trouble.kind in _THROTTLED
    )


def is_credential(trouble: Trouble) -> bool:
    """Whether nobody is known by these credentials, or there are none."""
    if _before(trouble) and trouble.name in _NO_CREDENTIALS | _NO_CREDENTIALS_YET:
        return True
    if not is_refusal(trouble.status) or trouble.kind in _DENIED:
        return False
    return trouble.kind in _CREDENTIALS or trouble.status in _LOGIN


def _before(trouble: Trouble) -> bool:
    """Whether it is botocore's own: an answer may bear any name."""
    return trouble.status is None and not trouble.ended


def words(trouble: Trouble) -> str:
    """The name and what was said: one line, no addresses, nothing of a signature."""
    # With a signature that does not match comes all that was signed, tokens included.
    secret = trouble.kind in _CREDENTIALS
    lines = [] if secret else trouble.said.strip().splitlines()
    line = mask_text(lines[0].strip()) if lines else ""
    line = line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "\u2026"
    return f"{trouble.name}: {line}" if line else trouble.name


def _login(trouble: Trouble) -> Outcome | None:
    """Who asked is not known, or may not send: then nothing was taken."""
    if _before(trouble) and trouble.name in _NO_CREDENTIALS_YET:
        reply = _reply(trouble, "Temporary authentication failure")
        return Deferred(Stage.AUTH, 454, "4.7.0", reply)
    if is_credential(trouble):
        reply = _reply(trouble, "Authentication Credentials Invalid")
        return Refused(Stage.AUTH, 535, None, reply)
    if is_refusal(trouble.status) and trouble.kind in _DENIED:
        return Refused(Stage.AUTH, 554, None, _reply(trouble, "Access denied"))
    return None


def _refused(trouble: Trouble, recipient: Address) -> Outcome:
    kind = trouble.kind
    if _QUOTA_SAID.search(trouble.said):
        return Deferred(Stage.CONTENT, 454, "4.7.0", f"{trouble.name}: {_QUOTA}")
    if is_throttled(trouble):
        return Deferred(Stage.CONTENT, 454, "4.7.0", f"{trouble.name}: {_RATE}")
    if kind == "LimitExceeded":
        reply = _reply(trouble, "Temporary service failure")
        return Deferred(Stage.CONTENT, 451, None, reply)
    if kind in _STOPPED or kind == "MessageRejected":
        return Refused(Stage.CONTENT, 554, None, _rejected(trouble, recipient))
    if kind not in _CONFIGURATION and trouble.status == _NOT_FOUND:
        # Nobody who speaks for SES: this is the wrong place.
        trouble = attrs.evolve(trouble, name="NotFoundException")
    return Refused(Stage.CONTENT, 554, None, _reply(trouble, "Transaction failed"))


def _rejected(trouble: Trouble, recipient: Address) -> str:
    """A sender who is not verified concerns all, a recipient (in the sandbox) one."""
    found = _UNVERIFIED.search(trouble.said)
    if found is None:
        return _reply(trouble, "Message rejected")
    failed = {one.strip(" .").casefold() for one in found[1].split(",")}
    whose = "sender" if failed - {recipient.wire.casefold()} else "recipient"
    reply = f"Message rejected: the {whose} is not verified"
    return _reply(trouble, reply)


def _reply(trouble: Trouble, reply: str) -> str:
    name, _, said = words(trouble).partition(": ")
    return f"{name}: {reply}: {said}" if said else f"{name}: {reply}"
