"""From the command line and campaign.toml to the carrier, or to several of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import attrs

from safesend.cli import show
from safesend.cli.folder import CampaignFolder
from safesend.cli.passwords import PasswordPlace, find_password, refuse_password
from safesend.cli.project import own_carrier
from safesend.cli.settings import Smtp
from safesend.cli.ways import Way
from safesend.engine import content
from safesend.errors import ConfigurationError
from safesend.fleet.carriers import carrier_of
from safesend.fleet.secrets import Secrets
from safesend.redaction import Secret
from safesend.transports import open_transport
from safesend.transports.base import Transport

__all__ = [
    "Opened",
    "each_alone",
    "kept_ways",
    "look_at",
    "open_all",
    "open_carrier",
    "open_for_all",
]

_FILE_CARRIERS = frozenset({"eml", "maildir", "mbox"})


@attrs.frozen
class Opened:
    """A carrier, and what it takes to open it once more."""

    carrier: Transport
    ways: tuple[content.Way, ...] = ()
    """None: it cannot be opened by others."""
    passwords: Mapping[str, Secret] = attrs.field(factory=dict, repr=False)
    """By the URLs of the ways."""


def open_carrier(
    folder: CampaignFolder, vias: Sequence[str], place: PasswordPlace
) -> Transport:
    """The carrier that the options name, or campaign.toml does. See `open_all`."""
    return open_all(folder, vias, place).carrier


def open_for_all(
    folder: CampaignFolder, vias: Sequence[str], place: PasswordPlace
) -> Opened:
    """The same as `open_all`; where nothing is named, the project's own carrier."""
    named = bool(vias or folder.settings.via or folder.settings.ways)
    own = None if named else own_carrier()
    return open_all(folder, vias, place) if own is None else Opened(own)


def open_all(
    folder: CampaignFolder, vias: Sequence[str], place: PasswordPlace
) -> Opened:
    """The same, with what other processes need to open it.

    Of several each has its own login, so that no server is told the password of
    another. Raises `ConfigurationError`.
    """
    alone = _each(folder, vias)
    if len(alone) > 1 and [*place.words()]:
        raise ConfigurationError(
            "one password is not for several carriers: name the password of each in a"
            " table [[carrier]] of campaign.toml, or let a prompt ask for it"
        )
    passwords = {}
    for own in alone:
        url = own.folder.way(own.given)
        look_at(own.folder, url)
        if (found := find_password(url, own.folder, place)) is not None:
            passwords[_anchored(url)] = found
    ways = tuple(own.kept() for own in alone)
    return Opened(carrier_of(ways, None, Secrets(passwords=passwords)), ways, passwords)


def kept_ways(folder: CampaignFolder, vias: Sequence[str]) -> tuple[content.Way, ...]:
    """The carriers as a ledger keeps them, without their passwords.

    Raises `ConfigurationError`.
    """
    return tuple(own.kept() for own in _each(folder, vias))


@attrs.frozen
class _Own:
    """One of the carriers, with the folder as if it were the only one."""

    folder: CampaignFolder
    given: str | None
    weight: float | None = None

    def kept(self) -> content.Way:
        """It as a ledger keeps it: the same wherever a worker runs."""
        url, login = self.folder.way(self.given), self.folder.settings.smtp
        refuse_password(url)
        file = login.password_file
        return content.Way(
            url=_anchored(url),
            weight=self.weight,
            password_env=login.password_env,
            password_file=str(self.folder.path.absolute() / file) if file else None,
            password_keyring=login.password_keyring,
        )


def _each(folder: CampaignFolder, vias: Sequence[str]) -> list[_Own]:
    if len(vias) == 1 or not (vias or folder.settings.ways):
        return [_Own(folder, vias[0] if vias else None)]
    if vias:
        return [_Own(_alone(folder, Way(url=url)), url) for url in vias]
    return [_Own(_alone(folder, way), None, way.weight) for way in folder.settings.ways]


def _anchored(url: str) -> str:
    """A path counts from here."""
    scheme, _, path = url.partition(":")
    if scheme not in _FILE_CARRIERS or not path:
        return url
    return f"{scheme}:{Path(path).absolute()}"


def each_alone(folder: CampaignFolder) -> list[CampaignFolder]:
    """The folder for each of its carriers, as if that were the only one."""
    if folder.settings.via is not None:
        return [folder]
    return [_alone(folder, way) for way in folder.settings.ways]


def look_at(folder: CampaignFolder, way: str) -> None:
    """Whether a carrier can be used, before anybody is asked for a password.

    Warns where it breaks what the campaign signs. Raises `ConfigurationError`.
    """
    refuse_password(way)
    # The password is asked for when it is needed; any does for looking.
    open_transport(way, password="unknown" if urlsplit(way).username else None)
    if folder.settings.dkim and urlsplit(way).scheme == "ses":
        show.say(
            "Warning: Amazon SES sets Date and Message-ID anew, which breaks your DKIM"
            " signature: let SES sign, and take [[dkim]] out of campaign.toml.",
            err=True,
        )


def _alone(folder: CampaignFolder, way: Way) -> CampaignFolder:
    smtp = Smtp(
        username=way.username,
        password_env=way.password_env,
        password_file=way.password_file,
        password_keyring=way.password_keyring,
    )
    own = attrs.evolve(folder.settings, via=way.url, smtp=smtp, ways=())
    return attrs.evolve(folder, settings=own)
