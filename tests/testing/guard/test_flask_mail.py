"""What Flask-Mail is asked to send."""

from __future__ import annotations

import pytest

from testing.guard.runs import guarded, line_of

pytest_plugins = ("pytester",)

APP = """
    from flask import Flask
    from flask_mail import Mail, Message

    mail = Mail()
    PEOPLE = ["ada@example.org", ("Bo", "bo@example.com"), "chen@example.net"]

    def make(**settings):
        app = Flask(__name__)
        app.config.update(MAIL_DEFAULT_SENDER="shop@example.org", **settings)
        mail.init_app(app)

        @app.post("/all")
        def all_in_to():
            mail.send(Message("Notice", recipients=PEOPLE, body="Closed."))  # TO
            return ""

        @app.post("/each")
        def each():
            with mail.connect() as connection:
                for person in PEOPLE:
                    connection.send(Message("Notice", recipients=[person], body="Closed."))
            return ""

        return app
    """  # noqa: E501 - a program of somebody else
TESTS = """
    import app
    import pytest

    from safesend.testing import SmtpServer


    @pytest.fixture(params=["testing", "smtp"])
    def client(request):
        if request.param == "testing":
            yield app.make(TESTING=True).test_client()
            return
        with SmtpServer() as server:
            made = app.make(MAIL_SERVER="127.0.0.1", MAIL_PORT=server.port)
            yield made.test_client()
            assert server.messages

    def test_all(client):
        client.post("/all")

    def test_safe(client):
        client.post("/each")
    """


def test_each_leak_fails_its_test_at_its_line(pytester: pytest.Pytester) -> None:
    """Over the wire, and while it is told not to send."""
    run = guarded(pytester, app=APP, test_app=TESTS)
    assert run.failed == {"test_all[testing]", "test_all[smtp]"}, run.output
    for name, mailer in (("testing", "Flask-Mail"), ("smtp", "smtplib")):
        told = run.tests[f"test_all[{name}]"].text
        assert told.startswith(f"app.py:{line_of(APP, 'TO')} sends mail"), told
        assert f"through {mailer}, to " in told
        assert "3 people see one another" in told
