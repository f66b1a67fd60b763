"""The e-mail backend: what Django hands over leaves as private messages, one each."""

from __future__ import annotations

import smtplib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail.backends import smtp

from safesend.errors import (
    AddressError,
    ConfigurationError,
    SafesendError,
    TransportError,
)
from safesend.integrations.django.by_transport import ByTransport
from safesend.integrations.django.direct import MAILERS, warn_of_direct_use
from safesend.integrations.django.letters import rules_for
from safesend.integrations.django.lines import Line, TlsLine
from safesend.integrations.django.options import NAMES, Options, from_setting, read
from safesend.integrations.django.relay import relay
from safesend.integrations.django.silence import tell_refusal

if TYPE_CHECKING:
    from django.core.mail import EmailMessage

    from safesend.integrations.django.by_ledger import ByLedger
    from safesend.transports import Transport

__all__ = ["EmailBackend"]


class EmailBackend(smtp.EmailBackend):
    """Django's SMTP backend, but for this: each recipient gets a private message.

    It takes the arguments and settings of `django.core.mail.backends.smtp`, and those
    of the setting SAFESEND in lower case: with `transport` messages leave through one
    of `safesend.transports`, with `ledger` each of them is a campaign of its own.

    `fail_silently` silences what a server or the network says, as in Django. What this
    library refuses is not raised then, but told to the log as an error.
    """

    connection: Any
    """An SMTP connection, or another way out that is open; None: there is none."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        by_hand = "alias" not in kwargs
        alias: str | None = kwargs.pop("alias", None)
        own = {name: kwargs.pop(name) for name in sorted(NAMES & kwargs.keys())}
        try:
            self._options = _options(own, kwargs, alias)
        except ConfigurationError as error:
            raise _misconfigured(str(error), alias) from error
        if alias is not None and self._options.transport is not None:
            # Django asks for a host, which the transport's URL names.
            kwargs["host"] = ""
        if by_hand:
            warn_of_direct_use()
        # Told an alias Django does not warn: it would take this very line for the
        # place where somebody made a backend by hand.
        super().__init__(*args, alias=alias, **kwargs)

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        """The drop-in for `smtplib`."""
        return TlsLine if self.use_ssl else Line

    def open(self) -> bool | None:
        """Open what messages leave through, if it is not; whether that was needed.

        The session of a transport is opened by the first message.
        """
        if self._options.by_smtplib:
            return super().open()
        if self.connection:
            return False
        self.connection = self._way()
        return True

    def carrier(self) -> Transport:
        """The transport, or one to the same server by the same settings.

        Raises `ConfigurationError` for a password that would go in clear.
        """
        return self._options.transport or relay(self)

    def _send(self, email_message: EmailMessage) -> bool:
        silent, self.fail_silently = self.fail_silently, False
        try:
            return self._sent(email_message)
        except AddressError:
            raise  # as Django does, which has a ValueError for it
        except (SafesendError, smtplib.SMTPException) as error:
            if not silent:
                raise
            if not isinstance(error, TransportError):
                tell_refusal(error)
            return False
        finally:
            self.fail_silently = silent

    def _sent(self, message: EmailMessage) -> bool:
        if not message.recipients():
            return False
        disclose = getattr(message, "safesend_disclose", False)
        if self._options.by_smtplib:
            self.connection.disclose = disclose
            line = self.connection
            line.public, line.allow = rules_for(message, self._options)
            return bool(super()._send(message))  # type: ignore[misc]
        if disclose:
            raise ImproperlyConfigured(
                "safesend_disclose: a visible list can leave by plain SMTP only, not"
                " through a transport or a ledger"
            )
        return bool(self.connection.send(message))

    def _way(self) -> ByTransport | ByLedger:
        options = self._options
        if options.ledger is not None:
            # Loads the engine, which only this way needs.
            from safesend.integrations.django.by_ledger import ByLedger  # noqa: PLC0415

            return ByLedger(self.carrier, options)
        assert options.transport is not None
        return ByTransport(options.transport, options)


_OF_SMTP = frozenset(
    {"host", "port", "username", "use_tls", "use_ssl", "ssl_keyfile", "ssl_certfile"}
)


def _options(
    own: Mapping[str, Any], others: Mapping[str, Any], alias: str | None
) -> Options:
    """What was asked for: by arguments, and without MAILERS by the setting as well."""
    setting = from_setting(getattr(settings, "SAFESEND", {})) if alias is None else {}
    given = {**setting, **own}
    # send_mail(auth_user=...) overrides the options of any mailer, in Django 6.1.
    said = others.keys() - set(others.get("_ignore_unknown_kwargs") or ())
    if "transport" in own and "password" in said and others["password"]:
        given["password"] = others["password"]
    strange = sorted(_OF_SMTP & said)
    if alias is not None and "transport" in own and strange:
        raise ConfigurationError(
            f"{', '.join(map(repr, strange))}: a transport's URL says that; leave it"
            " out, or 'transport'"
        )
    return read(given)


def _misconfigured(reason: str, alias: str | None) -> ImproperlyConfigured:
    if alias is None or django.VERSION < MAILERS:
        return ImproperlyConfigured(f"safesend: {reason}")
    from django.core.mail import InvalidMailer  # noqa: PLC0415 - new in Django 6.1

    return InvalidMailer(reason, alias=alias)
