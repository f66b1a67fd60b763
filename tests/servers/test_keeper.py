"""servers/keeper.py: whoever dies takes the servers that it started along."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

_STARTS = """
import os, sys, time
from pathlib import Path
from servers.process import started
for number in range(2):
    log = Path(sys.argv[1])
    daemon = started(["sleep", "600"], port=0, log=log, ready=lambda: True)
    print(daemon.process.pid, flush=True)
    if number:
        daemon.stop()
time.sleep(600)
"""


def _is_there(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows its processes")
def test_a_server_does_not_outlive_who_started_it(tmp_path):
    """Neither does one that was ended before hold up anything."""
    with subprocess.Popen(
        [sys.executable, "-c", _STARTS, str(tmp_path / "log")],
        stdout=subprocess.PIPE,
        text=True,
    ) as starter:
        assert starter.stdout is not None
        first, second = (int(starter.stdout.readline()) for _ in range(2))
        assert _is_there(first)
        starter.kill()
    end = time.monotonic() + 60
    while _is_there(first) or _is_there(second):
        assert time.monotonic() < end
        time.sleep(0.02)
