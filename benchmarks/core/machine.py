"""The machine and the versions: nothing of it names this very computer."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from benchmarks import ROOT
from benchmarks.core.sinks import compiled_sink

__all__ = ["commit", "machine", "versions"]


def machine() -> dict[str, str]:
    """Cores, processor, memory, system, Python; no name of a host, no path."""
    return {
        "processor": _found("/proc/cpuinfo", r"model name\s*:\s*(.+)")
        or platform.machine(),
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": _memory(),
        "system": _found("/etc/os-release", r'PRETTY_NAME="(.+)"') or platform.system(),
        "kernel": f"{platform.system()} {platform.release().split('-')[0]}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
    }


def _found(file: str, pattern: str) -> str:
    path = Path(file)
    text = path.read_text("utf-8", "replace") if path.exists() else ""
    hit = re.search(pattern, text)
    return hit[1].strip() if hit else ""


def _memory() -> str:
    octets = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return f"{octets / 2**30:.0f} GB"


def versions(packages: Iterable[str]) -> dict[str, str]:
    """Of the packages that are installed, of Postfix and of node; and of our sink."""
    found = {"sink of our own": "in C" if compiled_sink() else "in Python"}
    for name in sorted({"safesend", *packages}):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    package = ROOT / ".tools/node_modules/nodemailer/package.json"
    if package.exists():
        found["nodemailer"] = json.loads(package.read_text("utf-8"))["version"]
    if postfix := _told("/usr/sbin/postconf", "-dh", "mail_version"):
        found["postfix"] = postfix
    if node := _told("node", "--version"):
        found["node"] = node.removeprefix("v")
    return found


def commit() -> str:
    """Which source is measured; nothing where it is no checkout."""
    git = ("git", "-C", str(ROOT))
    found = _told(*git, "rev-parse", "--short=12", "HEAD")
    changed = _told(*git, "status", "--porcelain", "--", "src", "benchmarks")
    return f"{found} and changes" if found and changed else found


def _told(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip()
