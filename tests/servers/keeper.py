"""Sees that no server outlives whoever started it, however that one ended.

A test that hangs ends its whole process (`faulthandler_exit_on_timeout`), and so does
`kill -9`: then no fixture cleans up. A shell in a session of its own reads from a pipe
which servers run; at the end of the pipe it ends those that are left.
"""

from __future__ import annotations

import functools
import os
import subprocess

__all__ = ["forget", "keep"]

_SCRIPT = """
all=
while read -r sign group; do
  if [ "$sign" = + ]; then all="$all $group"; continue; fi
  rest=
  for one in $all; do [ "$one" = "$group" ] || rest="$rest $one"; done
  all=$rest
done
for one in $all; do kill -s KILL -- "-$one"; done
"""


def keep(group: int) -> None:
    """This process group is to end with this process."""
    os.write(_pipe(os.getpid()), f"+ {group}\n".encode())


def forget(group: int) -> None:
    """It has ended."""
    os.write(_pipe(os.getpid()), f"- {group}\n".encode())


@functools.cache
def _pipe(_process: int) -> int:
    """Where the shell of this process listens; a fork has one of its own."""
    theirs, ours = os.pipe()
    subprocess.Popen(
        ["sh", "-c", _SCRIPT],
        stdin=theirs,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ).returncode = 0  # nobody waits for it
    os.close(theirs)
    return ours
