"""Where a password comes from: a file, a variable, a prompt; no option holds one."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from urllib.parse import unquote, urlsplit

import click

from safesend.cli import show
from safesend.cli.asking import interactive
from safesend.cli.folder import CampaignFolder
from safesend.errors import ConfigurationError
from safesend.redaction import Secret

__all__ = ["find_password", "refuse_password"]


def refuse_password(url: str) -> None:
    """Raise `ConfigurationError` when a URL holds a password."""
    if urlsplit(url).password is not None:
        raise ConfigurationError(
            "a password in a URL is seen by everybody on this machine and kept in the"
            " shell's history; leave it out: a prompt asks for it, or use"
            " --password-file or --password-env"
        )


def find_password(
    url: str, folder: CampaignFolder, *, file: Path | None, variable: str | None
) -> Secret | None:
    """The password for a carrier; None where its URL names no user.

    An option goes before campaign.toml, and both before the prompt. Raises
    `ConfigurationError` when there is none and nobody to ask.
    """
    refuse_password(url)
    user = urlsplit(url).username
    if file is not None and variable is not None:
        raise ConfigurationError("give --password-file or --password-env, not both")
    if user is None:
        if file is not None or variable is not None:
            raise ConfigurationError(
                "a password needs a user name: in the URL, before the host and with"
                " an @ between the two, or as username under [smtp] in campaign.toml"
            )
        return None
    if file is None and variable is None:
        own = folder.settings.smtp
        file = folder.path / own.password_file if own.password_file else None
        variable = own.password_env
    if file is not None:
        return _from_file(file)
    return _from_variable(variable) if variable else _ask(url)


def _from_file(file: Path) -> Secret:
    try:
        lines = file.read_text("utf-8").splitlines()
        mode = stat.S_IMODE(file.stat().st_mode)
    except FileNotFoundError:
        raise ConfigurationError(f"there is no password file {file}") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"the password file {file} is not text") from None
    if mode & 0o077:
        show.say(
            f"Warning: others can read {file}; 'chmod 600 {file}' stops that.", err=True
        )
    return _secret(lines[0] if lines else "", f"the first line of {file}")


def _from_variable(variable: str) -> Secret:
    return _secret(os.environ.get(variable, ""), f"the variable {variable}")


def _secret(value: str, place: str) -> Secret:
    if not value:
        raise ConfigurationError(f"{place} should hold the password, but is empty")
    return Secret(value)


def _ask(url: str) -> Secret:
    parts = urlsplit(url)
    user = unquote(parts.username or "")
    if not interactive():
        raise ConfigurationError(
            f"the password of {user} at {parts.hostname} is needed and nobody can be"
            " asked; use --password-file or --password-env, or name one of them in"
            " campaign.toml under [smtp]"
        )
    prompt = f"Password of {user} at {parts.hostname}"
    return Secret(click.prompt(prompt, hide_input=True, err=True))
