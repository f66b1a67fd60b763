"""Connections as the drop-in keeps them, without what else it does."""

from __future__ import annotations

import smtplib

from safesend.smtplib.bulk import BulkSending

__all__ = ["SMTP", "SMTP_SSL"]


class SMTP(BulkSending, smtplib.SMTP):
    """Notes where it leads, and how the line is secured."""

    _connected_to = None
    _security = "plain"
    _tls_context = None

    def _get_socket(self, host, port, timeout):
        self._connected_to, self._host = (host, port), host
        return super()._get_socket(host, port, timeout)

    def starttls(self, *, context=None):
        reply = super().starttls(context=context)
        self._security, self._tls_context = "starttls", context
        return reply


class SMTP_SSL(BulkSending, smtplib.SMTP_SSL):  # noqa: N801  as in the standard library
    """The same with TLS from the first byte."""

    _connected_to = None
    _security = "implicit"

    def _get_socket(self, host, port, timeout):
        self._connected_to, self._tls_context = (host, port), self.context
        return super()._get_socket(host, port, timeout)
