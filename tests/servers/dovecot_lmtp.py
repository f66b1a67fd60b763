"""Dovecot as the keeper of mailboxes: LMTP over TCP and a Unix socket.

It knows everybody whose domain ends in `.example`, `example.org`, `example.net` or
`example.test`, and nobody else; who was named to `fill` has no room for a message. Each
mailbox is a Maildir. Packages: dovecot-core, dovecot-lmtpd.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import attrs

from servers.dovecot import accounts
from servers.process import Daemon, MissingServer, folder, free_port, program, started

__all__ = ["DovecotLmtp", "run_dovecot_lmtp"]

_SETTINGS = """\
base_dir = {place}/run
state_dir = {place}/state
log_path = {place}/dovecot.log
listen = 127.0.0.1
protocols = lmtp
{accounts}
ssl = no
first_valid_uid = 1
auth_username_chars =
mail_location = maildir:{place}/mail/%u
mail_plugins = quota
passdb {{
  driver = static
  args = nopassword=y
}}
userdb {{
  driver = passwd-file
  args = {place}/full
}}
userdb {{
  driver = passwd-file
  args = username_format=%-7.7d {place}/domains
}}
plugin {{
  quota = maildir:room
  quota_exceeded_message = no room for this message
}}
service anvil {{
  chroot =
}}
service lmtp {{
  inet_listener lmtp {{
    port = {port}
  }}
  unix_listener lmtp {{
    mode = 0666
  }}
}}
protocol lmtp {{
  postmaster_address = postmaster@example.test
  mail_plugins = quota
}}
"""


@attrs.frozen
class DovecotLmtp:
    """A running Dovecot."""

    port: int
    socket: Path
    place: Path
    daemon: Daemon
    _seen: dict[Path, bytes] = attrs.field(factory=dict, repr=False, init=False)

    def fill(self, address: str) -> None:
        """There is no room for this one from now on."""
        with (self.place / "full").open("a") as file:
            home = self.place / "mail" / address
            owner = _owner()
            rule = "userdb_quota_rule=*:bytes=1"
            ids = f"{owner.pw_uid}:{owner.pw_gid}"
            file.write(f"{address}::{ids}::{home}::{rule}\n")
        time.sleep(1.1)  # it is looked at once a second

    def delivered(self) -> dict[str, list[bytes]]:
        """Every message with its own lines on top, by mailbox."""
        for file in (self.place / "mail").glob("*/new/*"):
            if file not in self._seen:
                self._seen[file] = file.read_bytes()
        found: dict[str, list[bytes]] = {}
        for file, content in self._seen.items():
            found.setdefault(file.parts[-3], []).append(content)
        return found


def _owner() -> pwd.struct_passwd:
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())


@contextlib.contextmanager
def run_dovecot_lmtp() -> Iterator[DovecotLmtp]:
    """Run a Dovecot with its own everything."""
    dovecot = program("dovecot", "dovecot-core dovecot-lmtpd")
    told = subprocess.run([dovecot, "--version"], capture_output=True, check=True)
    if not told.stdout.startswith(b"2.3"):
        raise MissingServer("these settings are for Dovecot 2.3")
    if not Path("/usr/lib/dovecot/lmtp").exists():
        raise MissingServer("lmtp is missing: apt-get install dovecot-lmtpd")
    with folder("dovecot-lmtp") as place:
        for name in "run", "state", "mail":
            (place / name).mkdir(mode=0o755)
        owner = _owner()
        os.chown(place / "mail", owner.pw_uid, owner.pw_gid)
        (place / "full").touch()
        line = f"::{owner.pw_uid}:{owner.pw_gid}::{place}/mail::\n"
        ends = "example", "ple.org", "ple.net", "le.test"  # seven characters each
        (place / "domains").write_text("".join(end + line for end in ends))
        port = free_port()
        settings = _SETTINGS.format(place=place, port=port, accounts=accounts())
        (place / "dovecot.conf").write_text(settings)
        command = [dovecot, "-F", "-c", str(place / "dovecot.conf")]
        daemon = started(command, port=port, log=place / "dovecot.log")
        try:
            yield DovecotLmtp(port, place / "run" / "lmtp", place, daemon)
        finally:
            daemon.stop()
