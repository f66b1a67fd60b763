"""Addresses behind which many people stand: mailing lists, exploders, groups.

RFC 5321 section 3.9 calls them aliases and lists: what is sent there goes on to
everybody on them. Only their look tells, so that rare words are left out rather than
somebody's name taken for a list.
"""

from __future__ import annotations

import enum
import re

from safesend.message.address import Address

__all__ = ["Crowd", "crowd_behind", "looks_like_list"]


class Crowd(enum.IntEnum):
    """How many seem to stand behind an address."""

    ONE = 0
    PERHAPS = 1
    """A role that one firm gives to a person and another to everybody: team@."""
    HOST = 2
    """Only the name of its host says so: news@lists.example.org."""
    LIST = 3


# The name of no person in any language known here: enough as the last word.
_CROWDS = frozenset(
    str.split(
        """
    abonnenten allmembers allstaff allstudents allusers alumni beschaeftigte
    distributionlist employees everybody everyone mailinglist mailingliste members
    membres miembros mitarbeitende mitarbeiter mitarbeiterinnen mitglieder rundmail
    socios students studenten studierende subscribers teilnehmende teilnehmer
    teilnehmerinnen verteiler
    """
    )
)
# A surname too, or half of a word: enough as a whole, or behind a hyphen.
_WORDS = frozenset(str.split("all alle discuss list liste lists listserv todos tutti"))
_ENDINGS = frozenset(str.split("announce announcements diffusion staff users"))
_ROLES = frozenset(str.split("announce announcements group gruppe staff team users"))
# Addresses for the managers of a list reach few people (RFC 2142 section 6, and the
# twins that Mailman and its like give to every list).
_MANAGERS = frozenset(
    str.split(
        """
    admin bounce bounces confirm help join leave manager moderator noreply owner
    postmaster request subscribe unsubscribe
    """
    )
)
_SERVICES = (
    ".freelists.org",
    ".googlegroups.com",
    ".groups.google.com",
    ".groups.io",
    ".listserv.net",
    ".yahoogroups.com",
)
_HOST = re.compile(r"(?:lists?|listserv|mailman|mailinglists?)\d{0,2}\.")
_BREAK = re.compile(r"[-._+=]")
_HYPHEN = re.compile(r"[-_+]")
_LONGEST = 64
"""Octets of a local part, RFC 5321 section 4.5.3.1.1."""


def looks_like_list(address: Address) -> bool:
    """Whether many people stand behind this address, judging by its look."""
    return crowd_behind(address.local, address.domain) >= Crowd.HOST


def crowd_behind(local: str, domain: str) -> Crowd:
    """How many seem to stand behind a local part and a domain, in any case."""
    local, domain = local.strip('"').lower()[: _LONGEST + 1], domain.lower()
    words = _BREAK.split(local)
    tail = _HYPHEN.split(local)[-1]
    if words[-1] in _MANAGERS or words[0] in ("bounce", "bounces", "noreply"):
        return Crowd.ONE
    if (
        words[-1] in _CROWDS
        or tail in _WORDS
        or (tail in _ENDINGS and tail != local)
        or f".{domain}".endswith(_SERVICES)
    ):
        return Crowd.LIST
    if _HOST.match(domain):
        return Crowd.HOST
    return Crowd.PERHAPS if tail in _ROLES else Crowd.ONE
