"""integrations/django/lines.py: the drop-in's connections, as the backend uses them."""

from __future__ import annotations

import smtplib

from safesend import smtplib as dropin
from safesend.integrations.django.lines import Line, TlsLine


def test_they_are_the_drop_ins_and_the_standard_classes():
    """In this order, so that the drop-in's `sendmail` is the one that is called."""
    assert issubclass(Line, dropin.SMTP)
    assert issubclass(TlsLine, dropin.SMTP_SSL)
    assert issubclass(TlsLine, smtplib.SMTP_SSL)
    assert TlsLine.sendmail is Line.sendmail
