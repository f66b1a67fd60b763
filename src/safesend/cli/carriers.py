"""From the command line and campaign.toml to the carrier, or to several of them."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

import attrs

from safesend.cli import show
from safesend.cli.folder import CampaignFolder
from safesend.cli.passwords import PasswordPlace, find_password, refuse_password
from safesend.cli.settings import Smtp
from safesend.cli.ways import Way
from safesend.errors import ConfigurationError
from safesend.transports import failover, open_transport, weighted
from safesend.transports.base import Transport

__all__ = ["each_alone", "look_at", "open_carrier"]


def open_carrier(
    folder: CampaignFolder,
    vias: Sequence[str],
    place: PasswordPlace,
) -> Transport:
    """The carrier that the options name, or campaign.toml does.

    Of several each has its own login, so that no server is told the password of
    another. Raises `ConfigurationError`.
    """
    ways = [Way(url=url) for url in vias] if vias else list(folder.settings.ways)
    if len(ways) < 2:  # noqa: PLR2004 - one is no several
        via = vias[0] if vias else None
        return _opened(folder, via, place)
    if [*place.words()]:
        raise ConfigurationError(
            "one password is not for several carriers: name the password of each in a"
            " table [[carrier]] of campaign.toml, or let a prompt ask for it"
        )
    carriers = [_one_of_several(folder, way, given=bool(vias)) for way in ways]
    shares = [way.weight for way in ways if way.weight is not None]
    if not shares:
        return failover(*carriers)
    return weighted(dict(zip(carriers, shares, strict=True)))


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


def _one_of_several(folder: CampaignFolder, way: Way, *, given: bool) -> Transport:
    url = way.url if given else None
    return _opened(_alone(folder, way), url, PasswordPlace())


def _opened(folder: CampaignFolder, via: str | None, place: PasswordPlace) -> Transport:
    way = folder.way(via)
    look_at(folder, way)
    password = find_password(way, folder, place)
    return open_transport(way, password=password)
