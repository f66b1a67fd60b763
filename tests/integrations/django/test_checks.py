"""integrations/django/checks.py: what `manage.py check` says of the settings."""

from __future__ import annotations

import django
import pytest
from django.core.checks import run_checks
from django.test import override_settings

from safesend.integrations.django.checks import check_deployment, check_settings
from safesend.transports import MemoryTransport

OURS = "safesend.integrations.django.EmailBackend"
DJANGOS = "django.core.mail.backends"
needs_mailers = pytest.mark.skipif(django.VERSION < (6, 1), reason="new in Django 6.1")


def _ids(**settings) -> list[str]:
    with override_settings(**settings):
        return [message.id.partition(".")[2] for message in check_settings(None)]


def test_sane_settings_say_nothing():
    """Neither with the plain backend on this machine, nor with a server and TLS."""
    assert _ids() == []
    assert _ids(EMAIL_HOST="127.0.0.1", EMAIL_HOST_USER="", DEBUG=True) == []
    login = {"EMAIL_HOST_USER": "shop", "EMAIL_HOST_PASSWORD": "secret"}
    for tls in ("EMAIL_USE_TLS", "EMAIL_USE_SSL"):
        assert _ids(EMAIL_HOST="mail.example.org", **login, **{tls: True}) == []
    setting = {"TRANSPORT": "smtp://shop@mail.example.org", "PASSWORD": "secret"}
    assert _ids(SAFESEND=setting) == []
    assert _ids(SAFESEND={"TRANSPORT": MemoryTransport()}) == []


def test_they_are_registered_with_the_application():
    """`manage.py check --tag safesend` runs them."""
    with override_settings(SAFESEND=[]):
        [found] = run_checks(tags=["safesend"])
    assert (found.id, found.hint) == (
        "safesend.E001",
        'The page "Django" of safesend\'s manual has all settings.',
    )


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"SAFESEND": {"TRANSPRT": "memory:"}}, "E001"),
        ({"SAFESEND": {"TRANSPORT": "pigeon:"}}, "E001"),
        ({"SAFESEND": 7}, "E001"),
        ({"EMAIL_HOST": "mail.example.org"}, "W002"),
        ({"EMAIL_HOST": "192.0.2.1"}, "W002"),
        ({"SAFESEND": {"LEDGER": ":memory:"}}, "W003"),
        ({"EMAIL_BACKEND": f"{DJANGOS}.smtp.EmailBackend"}, "W001"),
        ({"EMAIL_BACKEND": "nowhere.EmailBackend"}, "W001"),
        ({"EMAIL_BACKEND": f"{DJANGOS}.console.EmailBackend"}, "I001"),
        ({"EMAIL_BACKEND": f"{DJANGOS}.locmem.EmailBackend"}, "I001"),
    ],
)
def test_what_is_unsafe_or_wrong_is_named(settings, expected):
    """One message for one thing, with an id of its own."""
    assert _ids(**settings) == [expected]


def test_a_password_in_clear_is_an_error():
    """Unless it stays on this machine."""
    login = {"EMAIL_HOST_USER": "shop", "EMAIL_HOST_PASSWORD": "secret"}
    assert _ids(EMAIL_HOST="mail.example.org", **login) == ["E002"]
    assert _ids(EMAIL_HOST="localhost", **login) == []
    assert _ids(EMAIL_HOST="::1", **login) == []
    ledger = {"LEDGER": ":memory:"}
    assert _ids(EMAIL_HOST="localhost", SAFESEND=ledger, **login) == ["E005", "W003"]


def test_no_secret_is_in_a_message():
    """What is shown at every start of a server is no place for it."""
    setting = {"TRANSPORT": "smtp://shop:geheim@mail.example.org", "PASSWORD": "geheim"}
    with override_settings(SAFESEND=setting):
        [found] = check_settings(None)
    assert "geheim" not in f"{found.msg} {found.hint}"


def test_a_ledger_lies_where_it_is_safe(tmp_path):
    """In a folder that is there, not served, and that others cannot write to."""
    folder = tmp_path / "data"
    setting = {"LEDGER": folder / "mail.safesend.db"}
    assert _ids(SAFESEND=setting) == ["E003"]
    folder.mkdir(mode=0o755)
    assert _ids(SAFESEND=setting) == []
    assert _ids(SAFESEND=setting, MEDIA_ROOT=tmp_path) == ["E004"]
    assert _ids(SAFESEND=setting, STATIC_ROOT=str(folder)) == ["E004"]
    assert _ids(SAFESEND=setting, STATICFILES_DIRS=[("x", tmp_path)]) == ["E004"]
    folder.chmod(0o777)
    assert _ids(SAFESEND=setting) == ["W007"]


def test_a_suppression_list_must_be_there(tmp_path):
    """Without it nobody would be left out."""
    never = tmp_path / "never.db"
    setting = {"LEDGER": tmp_path / "mail.db", "SUPPRESSION": never}
    assert _ids(SAFESEND=setting) == ["E006"]
    never.touch()
    assert _ids(SAFESEND=setting) == []


def test_a_ledger_in_a_database_is_not_looked_for_in_a_folder():
    """A URL names no folder."""
    assert _ids(SAFESEND={"LEDGER": "postgresql://db.example.org/mail"}) == []


def test_the_senders_of_the_project_are_whole_addresses():
    """A transport takes no other."""
    setting = {"TRANSPORT": "memory:"}
    assert _ids(SAFESEND=setting, SERVER_EMAIL="root") == ["W006"]
    assert _ids(SERVER_EMAIL="root") == []


def test_mail_into_files_is_told_where_people_should_get_it():
    """`check --deploy` alone asks that."""
    with override_settings(SAFESEND={"TRANSPORT": "eml:out"}):
        [found] = check_deployment(None)
        assert check_settings(None) == []
    assert found.id == "safesend.W005"
    assert check_deployment(None) == []


@needs_mailers
def test_each_mailer_is_looked_at():
    """With MAILERS the setting SAFESEND is not read, and options are checked."""
    mailers = {
        "default": {"BACKEND": OURS, "OPTIONS": {"transport": "memory:"}},
        "bad": {"BACKEND": OURS, "OPTIONS": {"transport": "pigeon:"}},
        "plain": {"BACKEND": OURS, "OPTIONS": {"host": "mail.example.org"}},
        "djangos": {"OPTIONS": {"host": "mail.example.org"}},
    }
    assert _ids(MAILERS=mailers) == ["E001", "W002", "W001"]
    assert _ids(MAILERS={"default": mailers["default"]}, SAFESEND={}) == ["W004"]


@needs_mailers
@pytest.mark.parametrize("name", ["TRANSPORT", "transprot"])
def test_an_option_that_is_none_is_told(name):
    """Before mail is to be sent, and with the one that is meant."""
    mailer = {"BACKEND": OURS, "OPTIONS": {name: "memory:", "host": "localhost"}}
    with override_settings(MAILERS={"default": mailer}):
        [found] = [one for one in check_settings(None) if one.id == "safesend.E001"]
    assert f"no {name!r}; perhaps 'transport' is meant" in found.msg
