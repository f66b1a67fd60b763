"""Where a password comes from: a file, a variable, the keyring, a prompt.

No option holds one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote, urlsplit

import attrs
import click

from safesend.cli import show
from safesend.cli.asking import interactive
from safesend.errors import ConfigurationError
from safesend.redaction import Secret

if TYPE_CHECKING:
    from safesend.cli.folder import CampaignFolder

__all__ = [
    "PasswordPlace",
    "find_password",
    "mailbox_password",
    "password_at",
    "password_options",
    "refuse_password",
]

_MAILBOX_VARIABLE = "SAFESEND_IMAP_PASSWORD"

_Command = TypeVar("_Command", bound=Callable[..., object])


@attrs.frozen(kw_only=True)
class PasswordPlace:
    """Where the password is, as the options say."""

    file: Path | None = None
    variable: str | None = None
    keyring: str | None = None

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> PasswordPlace:
        """The options of a command: `password_file` and so on."""
        named = {
            name.removeprefix("password_"): value for name, value in options.items()
        }
        return cls(variable=named.pop("env", None), **named)

    def one_only(self) -> bool:
        """Whether there is one. Raises `ConfigurationError` where there are several."""
        given = [one for one in attrs.astuple(self) if one is not None]
        if len(given) > 1:
            options = " or ".join([*self.words()][::2])
            raise ConfigurationError(f"give {options}, not both")
        return bool(given)

    def at_hand(self) -> Secret | None:
        """What the file or the variable holds; a keyring wants to know the user."""
        return _from(attrs.evolve(self, keyring=None), "")

    def words(self) -> Iterator[str]:
        """The options again."""
        for option, value in (
            ("--password-file", self.file),
            ("--password-env", self.variable),
            ("--password-keyring", self.keyring),
        ):
            if value is not None:
                yield from (option, str(value))


def password_options(command: _Command) -> _Command:
    """Add `--password-file`, `--password-env` and `--password-keyring`."""
    for option in (
        click.option(
            "--password-keyring",
            metavar="SERVICE",
            help="Where the system's keyring keeps the password ('keyring set SERVICE"
            " USER' puts it there).",
        ),
        click.option(
            "--password-env",
            metavar="VAR",
            help="The environment variable that holds the password.",
        ),
        click.option(
            "--password-file",
            type=click.Path(dir_okay=False, path_type=Path),
            metavar="FILE",
            help="A file whose first line is the password.",
        ),
    ):
        command = option(command)
    return command


def refuse_password(url: str) -> None:
    """Raise `ConfigurationError` when a URL holds a password."""
    if urlsplit(url).password is not None:
        raise ConfigurationError(
            "a password in a URL is seen by everybody on this machine and kept in the"
            " shell's history; leave it out: a prompt asks for it, or use"
            " --password-file, --password-env or --password-keyring"
        )


def find_password(
    url: str, folder: CampaignFolder, place: PasswordPlace
) -> Secret | None:
    """The password for a carrier; None where its URL names no user.

    An option goes before campaign.toml, and both before the prompt. Raises
    `ConfigurationError` when there is none and nobody to ask.
    """
    refuse_password(url)
    user = urlsplit(url).username
    given = place.one_only()
    if user is None:
        if given:
            raise ConfigurationError(
                "a password needs a user name: in the URL, before the host and with"
                " an @ between the two, or as username under [smtp] in campaign.toml"
            )
        return None
    found = _from(place if given else _told(folder), unquote(user))
    return found or _ask(url, _ADVICE)


def password_at(url: str, place: PasswordPlace) -> Secret | None:
    """The password for a carrier that no folder knows; None where its URL has no user.

    Raises `ConfigurationError` when there is none and nobody to ask.
    """
    refuse_password(url)
    user = urlsplit(url).username
    if user is None:
        return None
    place.one_only()
    return _from(place, unquote(user)) or _ask(url, _ADVICE)


def mailbox_password(url: str, place: PasswordPlace) -> Secret:
    """The password for a mailbox over IMAP: an option, the variable, the prompt.

    Raises `ConfigurationError` when there is none and nobody to ask.
    """
    from safesend.feedback.mailboxes.imap import imap_place

    user = imap_place(url).user
    if not place.one_only() and os.environ.get(_MAILBOX_VARIABLE):
        place = PasswordPlace(variable=_MAILBOX_VARIABLE)
    return _from(place, user) or _ask(url, _MAILBOX_ADVICE)


def _told(folder: CampaignFolder) -> PasswordPlace:
    """What campaign.toml says; a path in it counts from the folder."""
    own = folder.settings.smtp
    return PasswordPlace(
        file=folder.path / own.password_file if own.password_file else None,
        variable=own.password_env or None,
        keyring=own.password_keyring or None,
    )


def _from(place: PasswordPlace, user: str) -> Secret | None:
    from safesend import secrets

    if place.file is not None:
        return secrets.Secret.from_file(place.file, warn=_warn)
    if place.variable is not None:
        return secrets.Secret.from_env(place.variable)
    if place.keyring is not None:
        return secrets.Secret.from_keyring(place.keyring, user)
    return None


def _warn(text: str) -> None:
    show.say(f"Warning: {text}.", err=True)


_ADVICE = (
    "name its place in campaign.toml, with password_file, password_env"
    " or password_keyring under [smtp] (of several carriers in the table"
    " [[carrier]]), or with the option --password-file, --password-env or"
    " --password-keyring (for one carrier)"
)
_MAILBOX_ADVICE = (
    f"put it into the variable {_MAILBOX_VARIABLE}, or say where it is with"
    " --password-file, --password-env or --password-keyring"
)


def _ask(url: str, advice: str) -> Secret:
    parts = urlsplit(url)
    user = unquote(parts.username or "")
    if not interactive():
        raise ConfigurationError(
            f"the password of {user} at {parts.hostname} is needed and nobody can be"
            f" asked; {advice}"
        )
    prompt = f"Password of {user} at {parts.hostname}"
    return Secret(click.prompt(prompt, hide_input=True, err=True))
