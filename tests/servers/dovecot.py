"""Dovecot as the password keeper of Postfix: a SASL socket, and nothing else.

Any user name is right, with the password "secret". Package: dovecot-core.
"""

from __future__ import annotations

import contextlib
import getpass
import grp
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from servers.process import Daemon, ServerFailed, program

__all__ = ["accounts", "sasl_socket"]

# The syntax of the settings changed with 2.4.
_VERSION_2_3 = """\
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
passdb {
  driver = static
  args = password={PLAIN}secret
}
"""
_VERSION_2_4 = """\
dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
ssl = no
auth_allow_cleartext = yes
auth_mechanisms = plain login
auth_failure_delay = 0
passdb static {
  password = secret
}
"""
_COMMON = """\
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
protocols =
{accounts}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service auth {{
  unix_listener auth-postfix {{
    mode = 0666
  }}
}}
"""


@contextlib.contextmanager
def sasl_socket(folder: Path) -> Iterator[Path]:
    """Run Dovecot in a folder; gives the path of its SASL socket."""
    dovecot = program("dovecot", "dovecot-core")
    for name in "run", "state":
        (folder / name).mkdir(mode=0o755)
    settings = folder / "dovecot.conf"
    settings.write_text(_settings(dovecot, folder))
    socket = folder / "run" / "auth-postfix"
    daemon = _start(dovecot, settings, folder / "dovecot.out", socket)
    try:
        yield socket
    finally:
        daemon.stop()


def _settings(dovecot: str, folder: Path) -> str:
    told = subprocess.run([dovecot, "--version"], capture_output=True, check=True)
    modern = not told.stdout.startswith((b"2.2", b"2.3"))
    own = _VERSION_2_4 if modern else _VERSION_2_3
    return own + _COMMON.format(folder=folder, accounts=accounts())


def accounts() -> str:
    """Without root everything runs as the one user that there is."""
    if os.geteuid() == 0:
        return ""
    user, group = getpass.getuser(), grp.getgrgid(os.getegid()).gr_name
    return (
        f"default_internal_user = {user}\n"
        f"default_login_user = {user}\n"
        f"default_internal_group = {group}"
    )


def _start(dovecot: str, settings: Path, log: Path, socket: Path) -> Daemon:
    with log.open("ab") as output:
        process = subprocess.Popen(
            [dovecot, "-F", "-c", str(settings)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    daemon = Daemon(process, settings.parent / "dovecot.log")
    end = time.monotonic() + 60
    while not socket.exists():
        if process.poll() is not None or time.monotonic() > end:
            daemon.stop()
            said = log.read_text(errors="replace") + daemon.log_tail()
            raise ServerFailed(f"dovecot did not start:\n{said}")
        time.sleep(0.02)
    return daemon
