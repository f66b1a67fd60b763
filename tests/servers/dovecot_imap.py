"""Dovecot as the server of one mailbox: a Maildir over IMAP.

Any user name is right, with the password "secret". One port has TLS from the first
byte, the other offers STARTTLS. Packages: dovecot-core, dovecot-imapd.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import subprocess
from collections.abc import Iterator
from pathlib import Path

import attrs

from servers.certificates import Certificates
from servers.dovecot import accounts
from servers.process import Daemon, MissingServer, folder, free_port, program, started

__all__ = ["DovecotImap", "run_dovecot_imap"]

_SETTINGS = """\
base_dir = {place}/run
state_dir = {place}/state
log_path = {place}/dovecot.log
listen = 127.0.0.1
protocols = imap
{accounts}
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{certificate}
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_username_chars =
auth_failure_delay = 0
first_valid_uid = 1
mail_location = maildir:{mail}
{more}
passdb {{
  driver = static
  args = password={{PLAIN}}secret
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={place}/home allow_all_users=yes
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
"""


@attrs.frozen
class DovecotImap:
    """A running Dovecot."""

    port: int
    tls_port: int
    ca: Path
    daemon: Daemon

    @property
    def url(self) -> str:
        """The inbox, with TLS, of a user whose name is an address."""
        return f"imaps://bounces%40example.test@localhost:{self.tls_port}/INBOX"

    @property
    def plain_url(self) -> str:
        """The same in clear, over the loopback interface."""
        return f"imap://bounces%40example.test@127.0.0.1:{self.port}/INBOX"


@contextlib.contextmanager
def run_dovecot_imap(mail: Path, *, more: str = "") -> Iterator[DovecotImap]:
    """Serve a Maildir, which the account that owns it may read and change."""
    dovecot = program("dovecot", "dovecot-core dovecot-imapd")
    told = subprocess.run([dovecot, "--version"], capture_output=True, check=True)
    if not told.stdout.startswith(b"2.3"):
        raise MissingServer("these settings are for Dovecot 2.3")
    if not Path("/usr/lib/dovecot/imap").exists():
        raise MissingServer("imap is missing: apt-get install dovecot-imapd")
    owner = pwd.getpwuid(mail.stat().st_uid)
    if os.geteuid() == 0 and owner.pw_uid == 0:
        raise ValueError(f"{mail} belongs to root, for whom Dovecot serves no mail")
    with folder("dovecot-imap") as place:
        for name in "run", "state", "home":
            (place / name).mkdir(mode=0o755)
        certificates = Certificates.make(place / "tls")
        port, tls_port = free_port(), free_port()
        settings = _SETTINGS.format(
            place=place,
            mail=mail,
            port=port,
            tls_port=tls_port,
            certificate=certificates.good,
            accounts=accounts(),
            uid=owner.pw_uid,
            gid=owner.pw_gid,
            more=more,
        )
        (place / "dovecot.conf").write_text(settings)
        command = [dovecot, "-F", "-c", str(place / "dovecot.conf")]
        daemon = started(command, port=port, log=place / "dovecot.log")
        try:
            yield DovecotImap(port, tls_port, certificates.ca, daemon)
        finally:
            daemon.stop()
