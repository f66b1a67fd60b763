"""integrations/django/mailers.py: the ways of mail out of a project."""

from __future__ import annotations

import warnings

import django
import pytest
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from safesend.errors import ConfigurationError
from safesend.integrations.django.mailers import (
    default_carrier,
    default_mailer,
    mailers,
    setting,
)
from safesend.redaction import Secret
from safesend.transports import MemoryTransport, SmtpTransport

OURS = "safesend.integrations.django.EmailBackend"
needs_mailers = pytest.mark.skipif(django.VERSION < (6, 1), reason="new in Django 6.1")


def test_email_backend_is_the_one_mailer():
    """With what Django's settings and SAFESEND say of it."""
    with override_settings(EMAIL_HOST="mail.example.org", SAFESEND={"LEDGER": "x"}):
        [one] = mailers()
    assert (one.place, one.backend, one.alias) == ("EMAIL_BACKEND", OURS, None)
    assert one.smtp["host"] == "mail.example.org"
    assert one.ours == {"ledger": "x"}
    assert one.is_ours
    assert one.is_smtp


@pytest.mark.parametrize("name", ["nowhere.EmailBackend", "os.sep", "django.VERSION"])
def test_what_is_no_backend_is_not_ours(name):
    """Nor does it stop anybody: Django tells of it."""
    with override_settings(EMAIL_BACKEND=name):
        [one] = mailers()
    assert not one.is_ours
    assert not one.is_smtp


def test_a_setting_is_read_in_silence():
    """That it will go is told to those who have set it."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert setting("EMAIL_PORT") == 25
        assert setting("NO_SUCH_SETTING") is None


def test_the_carrier_of_the_project_is_that_of_its_mail():
    """A transport, or the server that EMAIL_HOST names."""
    memory = MemoryTransport()
    with override_settings(SAFESEND={"TRANSPORT": memory}):
        assert default_carrier() is memory
    with override_settings(EMAIL_HOST="mail.example.org", EMAIL_USE_TLS=True):
        found = default_carrier()
    assert isinstance(found, SmtpTransport)
    assert found.host == "mail.example.org"
    login = {"EMAIL_HOST_USER": "shop", "EMAIL_HOST_PASSWORD": "secret"}
    with override_settings(**login), pytest.raises(ConfigurationError):
        default_carrier()


def test_another_backend_has_no_carrier_of_ours():
    """What it does with mail is its own."""
    name = "django.core.mail.backends.locmem.EmailBackend"
    with override_settings(EMAIL_BACKEND=name):
        assert default_carrier() is None
        assert type(default_mailer()).__module__ == "django.core.mail.backends.locmem"


def test_a_backend_may_be_told_its_transport():
    """As an argument, above what SAFESEND says; a login of the call is not for it."""
    setting = {"TRANSPORT": "eml:out", "PUBLIC": ["shop@example.org"]}
    url = "smtp://shop@mail.example.org"
    with override_settings(SAFESEND=setting), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        backend = mail.get_connection(transport=url, password="secret")
        assert backend.carrier().password == Secret("secret")
        assert mail.get_connection(password="x").carrier().name.startswith("eml:")
        with pytest.raises(ImproperlyConfigured, match="needs a user name"):
            mail.get_connection(transport=url)


@needs_mailers
def test_a_login_of_a_call_is_passed_over_by_a_transport():
    """`send_mail(auth_user=...)` is for SMTP; a transport has its own."""
    entry = {"BACKEND": OURS, "OPTIONS": {"transport": MemoryTransport()}}
    with override_settings(MAILERS={"default": entry}), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        login = {"auth_user": "x", "auth_password": "y"}
        assert mail.send_mail("x", "y", "a@b.org", ["c@d.org"], **login) == 1


@needs_mailers
def test_mailers_have_options_of_their_own():
    """A transport in one of them is used for it alone; what is unknown is refused."""
    memory = MemoryTransport()
    entry = {"BACKEND": OURS, "OPTIONS": {"transport": memory, "public": ["a@b.org"]}}
    wrong = {"BACKEND": OURS, "OPTIONS": {"transport": memory, "transprt": "x"}}
    both = {"BACKEND": OURS, "OPTIONS": {"transport": memory, "host": "localhost"}}
    known = {"default": entry, "wrong": wrong, "both": both, "smtp": {}}
    with override_settings(MAILERS=known), warnings.catch_warnings():
        warnings.simplefilter("error")
        places = [one.place for one in mailers()]
        assert places == [f"MAILERS[{name!r}]" for name in known]
        assert default_carrier() is memory
        with pytest.raises(mail.InvalidMailer, match="Unknown options 'transprt'"):
            mail.mailers["wrong"]
        with pytest.raises(mail.InvalidMailer, match="'host': a transport"):
            mail.mailers["both"]
        with mail.mailers.default as mailer:
            message = mail.EmailMessage("x", "y", "a@b.org", ["c@d.org", "e@f.org"])
            assert mailer.send_messages([message]) == 1
    assert len(memory.messages) == 2
