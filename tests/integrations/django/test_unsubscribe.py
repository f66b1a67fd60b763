"""The page for unsubscribing as a view of Django."""

from __future__ import annotations

import logging

import pytest
from django.core.handlers.asgi import ASGIRequest
from django.http.request import UnreadablePostError
from django.test import AsyncRequestFactory, Client, RequestFactory, override_settings
from django.urls import path, re_path, resolve

pytest.importorskip("cryptography")

from integrations.unsubscribe.lists import FORM, URLENCODED, Listed
from safesend.integrations.django.unsubscribe import UnsubscribeView

URL = "application/x-www-form-urlencoded"
ADA = "ada@example.org"
PROTECTED = ["django.middleware.csrf.CsrfViewMiddleware"]

urlpatterns = []


@pytest.fixture
def listed(tmp_path):
    """A suppression list with nobody on it."""
    return Listed.new(tmp_path / "suppressed.db")


@pytest.fixture
def view(listed):
    """The view, closed in the end."""
    with UnsubscribeView(listed.path) as found:
        yield found


@pytest.fixture
def client(view):
    """A browser that Django takes for a stranger's, with the view under /leave/."""
    urlpatterns[:] = [path("leave/<path:token>", view), path("leave/", view)]
    with override_settings(
        ROOT_URLCONF=__name__, MIDDLEWARE=PROTECTED, ALLOWED_HOSTS=["testserver"]
    ):
        yield Client(enforce_csrf_checks=True)


def _posted(client, path, body=URLENCODED, kind=URL):
    return client.post(path, body, content_type=kind)


def test_it_needs_no_token_of_a_form(client, listed):
    """A mail provider has none; the protection of other views is as it was."""
    token = listed.token(ADA)
    shown = client.get(f"/leave/{token}")
    assert (shown.status_code, b"<button" in shown.content) == (200, True)
    assert client.head(f"/leave/{token}").content == b""
    assert not listed.has(ADA)
    said = _posted(client, f"/leave/{token}")
    assert (said.status_code, listed.has(ADA)) == (200, True)
    assert said["Referrer-Policy"] == "no-referrer"
    assert not said.cookies
    other = listed.token("bo@example.com")
    form = _posted(client, f"/leave/?t={other}", FORM[1], FORM[0])
    assert (form.status_code, form.content) == (200, said.content)
    assert listed.number() == 2


def test_neither_the_log_nor_the_admins_get_a_link(client, listed, caplog):
    """Django tells of each answer from 400 on, with the path and all of META."""
    token = listed.token(ADA)
    with caplog.at_level(logging.WARNING, "django.request"):
        assert _posted(client, f"/leave/{token}", b"x=1").status_code == 400
        listed.path.rename(listed.path.with_suffix(".away"))
        assert _posted(client, f"/leave/{token}?t={token}").status_code == 503
    told = [one for one in caplog.records if one.name == "django.request"]
    assert [one.getMessage() for one in told] == [
        "Bad Request: /leave/TOKEN",
        "Service Unavailable: /leave/TOKEN",
    ]
    for one in told:
        seen = repr(one.request), one.request.get_full_path(), str(one.request.META)
        assert not any(token[4:] in text for text in seen)


def test_what_others_looked_at_before_has_no_link_either(view, listed):
    """The form of the query that a middleware asked for, and what the route found."""
    token = listed.token(ADA)
    urlpatterns[:] = [
        path("leave/<path:token>", view),
        re_path("^out/(.*)$", view),
        re_path("^off/(?P<token>.*)$", view),
    ]
    for prefix in "leave", "out", "off":
        asked = RequestFactory().post(f"/{prefix}/{token}?t={token}")
        assert asked.GET["t"] == token
        asked.resolver_match = resolve(asked.path, __name__)
        found, args, kwargs = asked.resolver_match
        assert found(asked, *args, **kwargs).status_code == 400
        assert token[4:] not in f"{asked.GET}{asked.resolver_match}{asked.path}"


@pytest.mark.parametrize(("kind", "body"), [(URL, URLENCODED), FORM])
def test_a_body_that_was_read_before_is_heard(view, listed, kind, body):
    """Some middleware looks at the form of every request."""
    made = RequestFactory().post(f"/leave/{listed.token(ADA)}", body, content_type=kind)
    assert made.POST["List-Unsubscribe"] == "One-Click"
    assert view(made).status_code == 200
    assert listed.has(ADA)


def test_a_body_that_breaks_off_asks_for_nothing(view, listed):
    """What Django raises then is answered."""

    class Broken:
        def read(self, *_):
            raise UnreadablePostError

    made = RequestFactory().post(f"/leave/{listed.token(ADA)}", b"x", content_type=URL)
    made._stream = Broken()
    assert view(made).status_code == 400
    assert listed.number() == 0


def test_a_long_body_is_not_read(view, listed):
    """By what it announces."""
    made = RequestFactory().post("/leave/x", b"x" * 20_000, content_type=URL)
    assert view(made).status_code == 413


def test_the_server_below_an_asgi_request_logs_no_link(view, listed):
    """uvicorn writes its line from the scope."""
    token = listed.token(ADA)
    made = AsyncRequestFactory().post(
        f"/leave/{token}?t={token}", URLENCODED, content_type=URL
    )
    assert isinstance(made, ASGIRequest)
    assert view(made, token=token).status_code == 200
    assert (made.scope["path"], made.scope["query_string"]) == (
        "/leave/TOKEN",
        b"t=TOKEN",
    )
    assert made.path == "/leave/TOKEN"
    assert listed.has(ADA)
