"""The page in whole programs: the examples of the manual, served as they stand."""

from __future__ import annotations

import contextlib
import http.client
import sys
from collections.abc import Iterator
from pathlib import Path

import attrs

from docs.blocks import blocks_of
from integrations.unsubscribe.lists import Listed
from servers.process import Daemon, started
from servers.service import lasting_port

__all__ = ["MOUNTS", "Mounted", "run_mounted"]

_PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "mount-the-unsubscribe-page.md"

# A project as `django-admin startproject` makes it, in one file.
_DJANGO = """
import sys
from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF="urls",
    SECRET_KEY="for tests",
    SECURE_REFERRER_POLICY="same-origin",
    USE_I18N=True,
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.locale.LocaleMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.auth.middleware.LoginRequiredMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
)
if __name__ == "__main__":
    from django.core.wsgi import get_wsgi_application
    from werkzeug.serving import run_simple

    run_simple("127.0.0.1", int(sys.argv[1]), get_wsgi_application(), threaded=True)
else:
    from django.core.asgi import get_asgi_application

    application = get_asgi_application()
"""

_UVICORN = ("-m", "uvicorn", "--lifespan", "off", "--port", "{port}")
MOUNTS = {
    "flask": ("-m", "flask", "--app", "flask_app", "run", "--port", "{port}"),
    "starlette": (*_UVICORN, "starlette_app:app"),
    "django": ("project.py", "{port}"),
    "django-asgi": (*_UVICORN, "project:application"),
}
"""What runs each of them."""


@attrs.frozen
class Mounted:
    """A running program with the page under /leave."""

    listed: Listed
    port: int
    daemon: Daemon

    def link(self, person: str) -> str:
        """The path of a person's link."""
        return f"/leave/{self.listed.token(person)}"

    def ask(
        self, method: str, path: str, body: bytes | None = None, kind: str = ""
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        """Status, headers and body of an answer."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with contextlib.closing(line):
            line.request(method, path, body, {"Content-Type": kind} if kind else {})
            answer = line.getresponse()
            return answer.status, answer.headers, answer.read()


@contextlib.contextmanager
def run_mounted(name: str, folder: Path) -> Iterator[Mounted]:
    """One of the programs, with a list with nobody on it."""
    (folder / "project.py").write_text(_DJANGO, "utf-8")
    for block in blocks_of(_PAGE.read_text("utf-8")):
        if block.note == "file":
            text = "\n".join([*block.lines, ""])
            (folder / block.argument).write_text(text, "utf-8")
    listed = Listed.new(folder / "suppressed.db")
    port = lasting_port()
    command = [part.format(port=port) for part in MOUNTS[name]]
    daemon = started(
        [sys.executable, *command], port=port, log=folder / "log", patience=120
    )
    try:
        yield Mounted(listed, port, daemon)
    finally:
        daemon.stop()
