"""Several carriers in campaign.toml: a list, a table of weights, or tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import attrs

from safesend.errors import ConfigurationError

__all__ = ["Draft", "Way", "read_ways", "refuse_login"]


_TWO = 'several carriers are two at least; a single one is via = "..."'


_LOGIN = ("username", "password_env", "password_file", "password_keyring")
_SES = (
    "Amazon SES",
    (
        "boto3 finds AWS credentials in the variables AWS_ACCESS_KEY_ID and"
        " AWS_SECRET_ACCESS_KEY, in a profile (ses://eu-west-1?profile=work), or where"
        " a role gives them"
    ),
)
_LOGINLESS: Mapping[str, tuple[str, str] | None] = {
    "ses": _SES,
    **dict.fromkeys(
        (
            *("eml", "lmtp", "lmtp+insecure-plaintext", "lmtp+unix", "maildir", "mbox"),
            *("memory", "mx", "sendmail"),
        )
    ),
}
"""Carriers without a login: whose it would be, and what is instead."""


class Draft(Protocol):
    """A file being checked, whose errors name the line."""

    def wrong(self, reason: str, key: str) -> ConfigurationError:
        """What to raise for a key."""

    def tables(self, raw: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
        """The tables of a name."""

    def texts(self, raw: Mapping[str, Any], key: str) -> tuple[str, ...]:
        """A list of texts."""

    def no_strays(self, raw: Mapping[str, Any], table: str) -> None:
        """See to it that no key of the file itself is in a table."""

    def check(self, kind: type[Any], raw: Mapping[str, Any], prefix: str) -> None:
        """See to it that every key is a field of that class."""


@attrs.frozen(kw_only=True)
class Way:
    """A table [[carrier]]: one of several, its login, and its share of the mail."""

    url: str
    weight: float | None = None
    username: str | None = None
    password_env: str | None = None
    password_file: str | None = None
    password_keyring: str | None = None


def read_ways(draft: Draft, raw: Mapping[str, Any]) -> tuple[Way, ...]:
    """Several carriers, however they are written."""
    via, tables = raw.get("via"), draft.tables(raw, "carrier")
    if tables and via is not None:
        raise draft.wrong("give 'via' or [[carrier]], not both", "carrier")
    if isinstance(via, dict):
        draft.no_strays(via, "via")
        tables = [{"url": url, "weight": weight} for url, weight in via.items()]
    elif isinstance(via, list):
        tables = [{"url": url} for url in draft.texts(raw, "via")]
    key = "carrier" if "carrier" in raw else "via"
    for table in tables:
        draft.no_strays(table, key)
        weight = table.get("weight", 1)
        if type(weight) not in {int, float} or weight <= 0:
            place = f"via.{table['url']}" if isinstance(via, dict) else key
            raise draft.wrong("a weight is a number above 0", place)
        given = {name: value for name, value in table.items() if name != "weight"}
        draft.check(Way, given, f"{key}.")
        if not table.get("url"):
            raise draft.wrong("[[carrier]] needs 'url'", key)
        refuse_login(draft, table["url"], given, key)
    ways = tuple(Way(**table) for table in tables)
    if isinstance(via, (dict, list)) and not ways:
        raise draft.wrong(_TWO, key)
    _check_ways(draft, ways, raw, key)
    return ways


def refuse_login(draft: Draft, url: str, given: Mapping[str, Any], table: str) -> None:
    """Raise where a login stands beside a carrier that has none, and is of no use."""
    scheme = url.partition(":")[0].lower()
    found = [key for key in _LOGIN if given.get(key) is not None]
    if not found or scheme not in _LOGINLESS:
        return
    who, why = _LOGINLESS[scheme] or (f"{scheme}:", "it logs in nowhere")
    keys = " and ".join(found)
    raise draft.wrong(f"{who} takes no {keys}: {why}", table)


def _check_ways(
    draft: Draft, ways: tuple[Way, ...], raw: Mapping[str, Any], key: str
) -> None:
    if len(ways) == 1:
        raise draft.wrong(_TWO, key)
    if len({way.weight is None for way in ways}) > 1:
        raise draft.wrong("give all carriers a weight, or none of them", key)
    if ways and "smtp" in raw:
        raise draft.wrong(
            "of several carriers each has its own login: put it in a table [[carrier]]"
            " with url, username and password_env",
            "smtp",
        )
