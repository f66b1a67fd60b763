"""From the command line and campaign.toml to the carrier, which may be one of several."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import attrs

from safesend.cli.folder import CampaignFolder
from safesend.cli.passwords import find_password
from safesend.cli.settings import Smtp, Way
from safesend.errors import ConfigurationError
from safesend.transports import failover, open_transport, weighted
from safesend.transports.base import Transport

__all__ = ["open_carrier"]


def open_carrier(
    folder: CampaignFolder,
    vias: Sequence[str],
    *,
    file: Path | None,
    variable: str | None,
) -> Transport:
    """The carrier that the options name, or campaign.toml does.

    Of several each has its own login, so that no server is told the password of
    another. Raises `ConfigurationError`.
    """
    ways = [Way(url=url) for url in vias] if vias else list(folder.settings.ways)
    if len(ways) < 2:  # noqa: PLR2004 - one is no several
        via = vias[0] if vias else None
        return _opened(folder, via, file=file, variable=variable)
    if file is not None or variable is not None:
        raise ConfigurationError(
            "one password is not for several carriers: name the password of each in a"
            " table [[carrier]] of campaign.toml, or let a prompt ask for it"
        )
    carriers = [_one_of_several(folder, way, given=bool(vias)) for way in ways]
    shares = [way.weight for way in ways if way.weight is not None]
    if not shares:
        return failover(*carriers)
    return weighted(dict(zip(carriers, shares, strict=True)))


def _one_of_several(folder: CampaignFolder, way: Way, *, given: bool) -> Transport:
    smtp = Smtp() if given else way.smtp()
    own = attrs.evolve(folder.settings, via=way.url, smtp=smtp)
    alone = attrs.evolve(folder, settings=own)
    return _opened(alone, way.url if given else None, file=None, variable=None)


def _opened(
    folder: CampaignFolder, via: str | None, *, file: Path | None, variable: str | None
) -> Transport:
    way = folder.way(via)
    password = find_password(way, folder, file=file, variable=variable)
    return open_transport(way, password=password)
