"""What Django is asked to send, through whichever backend."""

from __future__ import annotations

import pytest

from testing.guard.runs import guarded, line_of

pytest_plugins = ("pytester",)

CONFTEST = """
    import django
    import pytest
    from django.conf import settings
    from django.test.utils import setup_test_environment, teardown_test_environment

    def pytest_configure():
        settings.configure(EMAIL_FILE_PATH="mail", ADMINS=[("Al", "al@example.org")])
        django.setup()

    @pytest.fixture
    def test_environment():
        setup_test_environment()
        yield
        teardown_test_environment()
    """
NOTICES = """
    from django.core import mail
    from django.core.mail.backends.base import BaseEmailBackend

    PEOPLE = ["ada@example.org", "bo@example.com", "chen@example.net"]

    def all_in_to():
        mail.send_mail("Notice", "Closed on Friday.", "shop@example.org", PEOPLE)  # TO

    def hidden_copies():
        mail.EmailMessage(
            "Notice", "Closed on Friday.", "shop@example.org", PEOPLE[:1], bcc=PEOPLE[1:]
        ).send()  # BCC

    def one_by_one():
        mail.send_mass_mail(
            ("Notice", "Closed on Friday.", "shop@example.org", [person])
            for person in PEOPLE
        )

    class Relay(BaseEmailBackend):
        def send_messages(self, messages):
            return len(messages)

    class Private(Relay):
        __module__ = "safesend.integrations.django.backend"
    """  # noqa: E501 - a program of somebody else
TESTS = """
    import smtplib

    import notices
    import pytest

    from safesend.testing import SmtpServer

    STANDARD = "django.core.mail.backends.%s.EmailBackend"


    @pytest.fixture(params=["locmem", "console", "filebased", "dummy", "relay", "smtp"])
    def backend(request, settings_of):
        if request.param == "relay":
            settings_of(EMAIL_BACKEND="notices.Relay")
        else:
            settings_of(EMAIL_BACKEND=STANDARD % request.param)
        if request.param != "smtp":
            yield
            return
        with SmtpServer() as server:
            settings_of(EMAIL_HOST="127.0.0.1", EMAIL_PORT=server.port)
            yield
            assert server.messages

    @pytest.fixture
    def settings_of():
        from django.test import override_settings

        changed = []

        def change(**values):
            changed.append(override_settings(**values))
            changed[-1].enable()

        yield change
        for one in reversed(changed):
            one.disable()

    def test_all_in_to(backend):
        notices.all_in_to()

    def test_safe(backend):
        notices.one_by_one()

    def test_hidden_copies(test_environment):
        notices.hidden_copies()

    def test_no_server(settings_of):
        settings_of(EMAIL_BACKEND=STANDARD % "smtp", EMAIL_PORT=1)
        with pytest.raises(OSError):
            notices.all_in_to()

    def test_injection(test_environment):
        from django.core import mail

        with pytest.raises(ValueError):
            mail.send_mail("a\\nBcc: b@example.org", "x", "a@example.org", notices.PEOPLE)

    def test_nobody(test_environment):
        from django.core import mail

        mail.get_connection().send_messages([mail.EmailMessage()])
        mail.get_connection().send_messages([])
        mail.get_connection().send_messages(messages=iter([]))

    def test_private_backend_replaced(settings_of, request):
        settings_of(EMAIL_BACKEND="safesend.integrations.django.EmailBackend")
        request.getfixturevalue("test_environment")
        notices.all_in_to()

    def test_strange_message():
        class Strange:
            def recipients(self):
                return [1]

        notices.Relay().send_messages([Strange()])

    def test_replaced_backend_of_the_project(settings_of, request):
        settings_of(EMAIL_BACKEND="notices.Private")
        request.getfixturevalue("test_environment")
        notices.all_in_to()

    def test_replaced_backend_that_is_none(settings_of, request):
        settings_of(EMAIL_BACKEND="nowhere.Backend")
        request.getfixturevalue("test_environment")
        notices.all_in_to()

    def test_replaced_mailer(test_environment, monkeypatch):
        from django.test.utils import _TestState

        mailers = {"news": {"BACKEND": "notices.Private"}}  # as Django 6.1 has it
        monkeypatch.setattr(_TestState.saved_data, "mailers", mailers, raising=False)
        backend = notices.mail.get_connection()
        backend.alias = "news"
        backend.send_messages([notices.mail.EmailMessage(to=notices.PEOPLE)])

    def test_private_backend():
        notices.Private().send_messages([notices.mail.EmailMessage(to=notices.PEOPLE)])
    """  # noqa: E501 - a program of somebody else
OTHERS = ("test_no_server", "test_replaced_backend_that_is_none")
BACKENDS = ("locmem", "console", "filebased", "dummy", "relay", "smtp")


def test_each_leak_fails_its_test_at_its_line(pytester: pytest.Pytester) -> None:
    """In every backend, those of the test runner and of the project included."""
    run = guarded(pytester, conftest=CONFTEST, notices=NOTICES, test_notices=TESTS)
    lists = {f"test_all_in_to[{name}]" for name in BACKENDS}
    assert run.failed == {*lists, "test_hidden_copies", *OTHERS}, run.output
    line = line_of(NOTICES, "TO")
    for name in (*lists, *OTHERS):
        told = run.tests[name].text
        assert told.startswith(f"notices.py:{line} sends mail"), told
        assert told.count("3 people see one another") == 1
        assert ">   mail.send_mail(" in told
    in_memory = run.tests["test_all_in_to[locmem]"].text
    over_the_wire = run.tests["test_all_in_to[smtp]"].text
    assert "through Django (django.core.mail.backends.locmem.EmailB" in in_memory
    assert "through smtplib, to " in over_the_wire
    assert "UnreadMessageWarning: what Django (notices.Relay) was given" in run.output
    hidden = run.tests["test_hidden_copies"].text
    assert hidden.startswith("notices.py:")
    assert "header To: holds the address of another recipient" in hidden
