"""integrations/django/management/commands/safesend.py: `manage.py safesend ...`."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import attrs
import pytest
from django.core.mail import EmailMessage
from django.core.management import CommandError, call_command
from django.test import override_settings

from safesend.cli.app import app
from safesend.testing import SmtpServer
from safesend.transports import MemoryTransport

CAMPAIGN = """\
name = "spring"
sender = "shop@example.org"
list = "people.csv"
"""


def _campaign(folder: Path) -> Path:
    folder.mkdir()
    (folder / "campaign.toml").write_text(CAMPAIGN)
    (folder / "people.csv").write_text(
        "email,name\nada@example.org,Ada\nben@example.net,Ben\n"
    )
    (folder / "subject.txt").write_text("Hello {{ name }}\n")
    (folder / "body.txt").write_text("Dear {{ name }}\n")
    return folder


@pytest.fixture
def campaign(tmp_path):
    """A campaign folder whose settings name no carrier."""
    return _campaign(tmp_path / "spring")


def _called(*words, code: int = 0) -> str:
    out = io.StringIO()
    if not code:
        call_command("safesend", *map(str, words), stdout=out, stderr=out)
        return out.getvalue()
    with pytest.raises(CommandError) as caught:
        call_command("safesend", *map(str, words), stdout=out, stderr=out)
    assert caught.value.returncode == code
    return out.getvalue()


def test_a_campaign_leaves_through_the_projects_carrier(campaign):
    """Where neither campaign.toml nor the command line names another."""
    memory = MemoryTransport()
    with override_settings(SAFESEND={"TRANSPORT": memory}):
        assert "2" in _called("send", campaign, "--yes")
        assert len(memory.messages) == 2
        out = campaign.parent / "out"
        trial = ("--test", "me@example.org", "--via", f"eml:{out}")
        _called("send", campaign, *trial)
    assert (len(memory.messages), len(list(out.glob("*.eml")))) == (2, 1)


def test_without_a_carrier_it_says_what_to_do(campaign):
    """The exit code is that of the command line."""
    name = "django.core.mail.backends.locmem.EmailBackend"
    with override_settings(EMAIL_BACKEND=name):
        assert "no 'via' says" in _called("send", campaign, "--yes", code=2)
    login = {"EMAIL_HOST_USER": "shop", "EMAIL_HOST_PASSWORD": "secret"}
    with override_settings(**login):
        assert "plain text" in _called("send", campaign, "--yes", code=2)


def test_the_ledger_of_the_mail_need_not_be_named(tmp_path):
    """For commands that ask for nothing else."""
    setting = {"TRANSPORT": MemoryTransport(), "LEDGER": tmp_path / "mail.safesend.db"}
    with override_settings(SAFESEND=setting):
        message = EmailMessage("x", "y", "shop@example.org", ["ada@example.org"])
        message.safesend_campaign = "order 7"
        message.send()
        assert "order 7" in _called("status")
        told = json.loads(_called("status", "--json"))
        assert told["campaigns"][0]["name"] == "order 7"
        assert "order 7" in _called("report", setting["LEDGER"])
    assert "Missing argument 'LEDGER'" in _called("status", code=2)


def test_every_command_has_its_help(capsys):
    """Under the name by which it was called."""
    for name in app.commands:
        assert f"Usage: manage.py safesend {name}" in _called(name, "--help")
    assert "Usage: manage.py safesend" in _called("--help")
    assert "no such command" in _called("snd", code=2).lower()


@attrs.frozen
class Project:
    """A project as `django-admin startproject` makes it."""

    folder: Path

    def manage(self, *words, code: int = 0, **environment: str) -> str:
        """Run manage.py as a person would."""
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "manage.py", *map(str, words)],
            cwd=self.folder,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def settings(self, text: str) -> None:
        """What is added to settings.py, in place of what was added before."""
        file = self.folder / "shop" / "settings.py"
        own = file.read_text().partition("# added\n")[0]
        file.write_text(
            f"{own}# added\nINSTALLED_APPS += ['safesend.integrations.django']\n"
            f"if 'MAILERS' in globals(): del MAILERS\n{text}\n"
        )


@pytest.fixture
def project(tmp_path):
    """A new project in a folder of its own."""
    admin = [sys.executable, "-m", "django", "startproject", "shop", str(tmp_path)]
    subprocess.run(admin, check=True, timeout=300)
    return Project(tmp_path)


@pytest.mark.slow
def test_a_new_project_can_check_and_send(project):
    """From the settings to the mail of a shell, and the command, as subprocesses."""
    with SmtpServer() as server:
        project.settings(
            "EMAIL_BACKEND = 'safesend.integrations.django.EmailBackend'\n"
            f"SAFESEND = {{'TRANSPORT': '{server.url}',"
            " 'LEDGER': BASE_DIR / 'mail.safesend.db'}\n"
            "DEFAULT_FROM_EMAIL = SERVER_EMAIL = 'shop@example.org'"
        )
        assert "no issues" in project.manage("check")
        project.manage(
            "shell",
            "-c",
            "from django.core.mail import send_mail;"
            "send_mail('x', 'y', None, ['ada@example.org', 'ben@example.net'])",
        )
        assert len(server.messages) == 2
        folder = _campaign(project.folder / "spring")
        shown = project.manage("safesend", "send", "spring", "--yes")
        assert "2" in shown
        assert len(server.messages) == 4
    assert folder.with_suffix(".safesend.db").exists()
    assert "django 20" in project.manage("safesend", "status")
    project.manage("safesend", "pause", code=0)


@pytest.mark.slow
def test_a_new_project_hears_of_what_is_unsafe(project):
    """`check` fails for an error; help and usage errors are the command line's."""
    project.settings("EMAIL_BACKEND = 'django.core.mail.backends.smtp.EmailBackend'")
    assert "safesend.W001" in project.manage("check")
    project.settings(
        "EMAIL_BACKEND = 'safesend.integrations.django.EmailBackend'\n"
        "SAFESEND = {'TRANSPORT': 'memory:', 'LEGDER': 'x'}"
    )
    assert "(safesend.E001)" in project.manage("check", code=1)
    assert "safesend.W005" in project.manage("check", "--deploy", code=1)
    shown = project.manage("safesend", "--help")
    assert "Usage: manage.py safesend" in shown
    assert shown == project.manage("help", "safesend")
    assert "No such option" in project.manage("safesend", "status", "--nope", code=2)
    words = ("safesend", "status", "none.db", "--settings=shop.settings")
    assert "there is no ledger" in project.manage(*words, "--pythonpath", ".", code=2)
