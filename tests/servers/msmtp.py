"""msmtp as the sendmail of a machine: it hands each message to one server.

Package: msmtp.
"""

from __future__ import annotations

from pathlib import Path

from servers.process import program

__all__ = ["msmtp"]


def msmtp(folder: Path, port: int) -> tuple[Path, list[str]]:
    """The command, and the options with which it sends to that port of this machine."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = folder / "msmtprc"
    settings.write_text(
        "defaults\ntimeout 2\naccount default\nhost 127.0.0.1\n"
        f"port {port}\ndomain localhost\n"
    )
    settings.chmod(0o600)
    return Path(program("msmtp", "msmtp")), [f"--file={settings}"]
