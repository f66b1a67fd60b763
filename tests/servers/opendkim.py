"""OpenDKIM as a judge of signatures: Debian's verifier, with keys of the tests' own.

It is run in its test mode over files, asks no DNS and needs no mail server. Package:
opendkim.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import attrs

from servers.process import ServerFailed, folder, program

__all__ = ["OpenDkim", "Verdict"]

_SETTINGS = """Mode v
Syslog no
On-BadSignature accept
TestPublicKeys {place}/keys
"""
_HEADER = re.compile(r"hname='Authentication-Results' hvalue='(.*?)'\n", re.DOTALL)
_RESULT = re.compile(r"dkim=(\w+)[^;]*?header\.a=(\S+) header\.s=(\S+)")


@attrs.frozen
class Verdict:
    """What it says of one signature: "pass" or "fail", its algorithm and selector."""

    result: str
    algorithm: str
    selector: str


@attrs.frozen
class OpenDkim:
    """The verifier, told the keys: names of records, and what DNS would say."""

    records: Mapping[str, str]

    def judge(self, messages: Sequence[bytes]) -> list[list[Verdict]]:
        """Of each message, its signatures from the first on. Octets have CRLF."""
        opendkim = program("opendkim", "opendkim")
        with folder("opendkim") as place:
            settings = place / "opendkim.conf"
            settings.write_text(_SETTINGS.format(place=place))
            keys = (f"{name} {record}\n" for name, record in self.records.items())
            (place / "keys").write_text("".join(keys))
            files = [_written(place, *one) for one in enumerate(messages)]
            command = [opendkim, "-x", settings, "-vvv", "-t", ",".join(files)]
            done = subprocess.run(command, capture_output=True, check=False)
        told = _HEADER.findall(done.stdout.decode("utf-8", "replace"))
        if len(told) != len(messages):
            raise ServerFailed(f"opendkim judged {len(told)}: {done.stderr!r}")
        return [[Verdict(*one) for one in _RESULT.findall(text)] for text in told]


def _written(place: Path, number: int, message: bytes) -> str:
    file = place / f"{number}.eml"
    file.write_bytes(message.replace(b"\r\n", b"\n"))  # as it reads files
    return str(file)
