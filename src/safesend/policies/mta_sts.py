"""MTA-STS (RFC 8461): what a domain says of its mail servers, read and applied.

Readers are lenient where the RFC is (what is not known is passed over), and strict in
what protects: one record, one version, names matched label by label.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable

import attrs

from safesend.errors import RemoteProtocolError

__all__ = ["LARGEST", "LONGEST", "Mode", "Policy", "policy_id", "read_policy"]

LARGEST = 65_536
"""Octets that a policy may have (RFC 8461 section 3.3 leaves the number to us)."""
LONGEST = 31_557_600
"""Seconds, about a year, that a policy may be kept at most (section 3.2)."""

_VERSION = "STSv1"
_RECORD = re.compile(r"v=STSv1[ \t]*;")
_ID = re.compile(r"id=([A-Za-z0-9]{1,32})")
_FIELD = re.compile(r"([A-Za-z0-9][A-Za-z0-9_.-]{0,31}):[ \t]*(.*?)[ \t]*")
_AGE = re.compile(r"[0-9]{1,10}")
_LABEL = r"(?!-)[a-z0-9_-]{1,63}(?<!-)"
_PATTERN = re.compile(rf"(?:\*\.)?{_LABEL}(?:\.{_LABEL})*")


class Mode(enum.StrEnum):
    """What is to be done where a host does not fit (section 5)."""

    ENFORCE = "enforce"
    """No mail is given to it."""
    TESTING = "testing"
    """Mail is given to it, and the owner of the domain would like to know."""
    NONE = "none"
    """As if there were no policy."""


@attrs.frozen
class Policy:
    """What stands in a policy. `mx` are names, lower case, perhaps with a `*.`."""

    mode: Mode
    mx: tuple[str, ...]
    max_age: int

    def allows(self, host: str) -> bool:
        """Whether this is one of the domain's mail servers (section 4.1).

        A `*` stands for one label, the first, and for that only.
        """
        name = host.lower().removesuffix(".")
        label, _, rest = name.partition(".")
        return name in self.mx or (bool(label and rest) and f"*.{rest}" in self.mx)


def policy_id(records: Iterable[str]) -> str | None:
    """The id in the TXT records of `_mta-sts.<domain>`; None: there is no policy.

    Section 3.1: other records may stand beside it; of its own kind there is one.
    """
    found = [record for record in records if _RECORD.match(record)]
    if len(found) != 1:
        return None
    for field in found[0].split(";")[1:]:
        if hit := _ID.fullmatch(field.strip(" \t")):
            return hit[1]
    return None


def read_policy(text: bytes) -> Policy:
    """Read what stands in mta-sts.txt (section 3.2).

    Raises `RemoteProtocolError` where it is no policy.
    """
    if len(text) > LARGEST:
        raise RemoteProtocolError("the policy is larger than any policy needs to be")
    said: dict[str, str] = {}
    hosts: dict[str, None] = {}
    for line in text.decode("utf-8", "replace").replace("\r\n", "\n").split("\n"):
        if (field := _FIELD.fullmatch(line)) is None:
            continue
        if field[1] == "mx":
            hosts[field[2].lower().removesuffix(".")] = None
        else:
            said.setdefault(field[1], field[2])  # only the first of a name counts
    return _policy(said, [host for host in hosts if _PATTERN.fullmatch(host)])


def _policy(said: dict[str, str], hosts: list[str]) -> Policy:
    if said.get("version") != _VERSION:
        raise RemoteProtocolError("the policy is of no known version")
    if said.get("mode") not in set(Mode):
        raise RemoteProtocolError("the policy has no known mode")
    if not _AGE.fullmatch(age := said.get("max_age", "")):
        raise RemoteProtocolError("the policy does not say how long it holds")
    mode = Mode(said["mode"])
    if not hosts and mode is not Mode.NONE:
        raise RemoteProtocolError("the policy names no mail server")
    return Policy(mode, tuple(hosts), min(int(age), LONGEST))
