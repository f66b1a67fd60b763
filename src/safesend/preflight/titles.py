"""What the checks are called, and which of them ask nobody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from safesend.errors import ConfigurationError

__all__ = ["OFFLINE", "TITLES", "chosen"]

TITLES: Mapping[str, str] = {
    "P1": "SPF",
    "P2": "DKIM key",
    "P3": "DKIM plan",
    "P4": "DMARC",
    "P5": "your domains",
    "P6": "sending address",
    "P7": "encryption",
    "P8": "mail server",
    "P9": "their domains",
    "P10": "their TLS rules",
    "P11": "unsubscribing",
    "P12": "the list",
    "P13": "the messages",
    "P14": "extras",
}
"""In few words, in the order in which they are told."""

OFFLINE = frozenset({"P3", "P12", "P13"})
"""For these nobody is asked."""


def chosen(only: Iterable[str] | None) -> frozenset[str]:
    """The checks that are named, in any case (None: all).

    Raises `ConfigurationError`.
    """
    if only is None:
        return frozenset(TITLES)
    given = only.split(",") if isinstance(only, str) else only
    names = frozenset(str(name).strip().upper() for name in given)
    wrong = sorted(names - TITLES.keys())
    if wrong or not names:
        told = (
            f"no check is called {', '.join(wrong)}" if wrong else "no check is named"
        )
        raise ConfigurationError(f"{told}; there are {', '.join(TITLES)}")
    return names
