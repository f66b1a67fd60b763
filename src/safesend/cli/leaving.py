"""`unsubscribe` in campaign.toml: the link, and who makes the token in it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from safesend.cli.ways import Draft
from safesend.errors import ConfigurationError
from safesend.message.unsubscribe import PLACE, Unsubscribe

if TYPE_CHECKING:
    from safesend.campaign import Campaign

__all__ = ["Leaving", "check_heard", "leaving_of", "read_leaving"]


@attrs.frozen(kw_only=True)
class Leaving:
    """The link as it was given. `sealed`: its token is made by the suppression list."""

    url: str = ""
    sealed: bool = False


def read_leaving(draft: Draft, raw: Mapping[str, Any]) -> Leaving | None:
    """A text, or a table with `url` and `sealed`.

    A link that says nothing of its token can only be a sealed one.
    """
    given = raw.get("unsubscribe")
    if given is None:
        return None
    if isinstance(given, str):
        return Leaving(url=given, sealed=PLACE not in given)
    if not isinstance(given, dict):
        raise draft.wrong(
            "'unsubscribe' must be a text in quotes, or a table with url and sealed",
            "unsubscribe",
        )
    draft.check(Leaving, given, "unsubscribe.")
    if not given.get("url"):
        raise draft.wrong("[unsubscribe] needs 'url'", "unsubscribe")
    return Leaving(**{"sealed": PLACE not in given["url"], **given})


def leaving_of(
    given: Leaving | None, shared: Path | None, where: str
) -> Unsubscribe | str | None:
    """What `Campaign` takes; `shared` is where the suppression list lies.

    Raises `ConfigurationError`, opened with `where` it was given, and what opening the
    list raises.
    """
    if given is None or not given.sealed:
        return None if given is None else given.url
    try:
        return _sealed(given.url, shared)
    except ConfigurationError as error:
        raise ConfigurationError(f"{where}: 'unsubscribe': {error}") from None


def _sealed(url: str, shared: Path | None) -> Unsubscribe:
    from safesend.suppression.lending import existing_list

    if shared is None:
        raise ConfigurationError(
            "whoever follows this link gets on a suppression list, so name one:"
            ' suppression = "../suppressed.db"; or write {token} where the token goes'
            " that an application of your own looks up"
        )
    with existing_list(shared) as listed:
        return Unsubscribe(url, listed.unsubscribe_key())


def check_heard(campaign: Campaign, shared: Path | None) -> None:
    """Refuse what sending would refuse, before anything is asked."""
    if not isinstance(campaign.unsubscribe, Unsubscribe):
        return
    from safesend.engine.leaving import must_be_heard
    from safesend.suppression.lending import lent

    with lent(shared) as listed:
        must_be_heard(campaign.link_key(), listed)
