"""One run of one case, in a process of its own.

`python -m benchmarks.core.worker QUESTION CASE FOLDER MESSAGES PORT SIZE ROUND_TRIP`
prints the measure as JSON, as its last line.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import attrs

from benchmarks.core.site import Site
from benchmarks.questions import every_question

__all__ = ["main", "peak_mb"]


def peak_mb() -> float:
    """The most memory that this process has had.

    Not ru_maxrss: that of a process begins with what its parent had (getrusage(2) does
    not tell).
    """
    hit = re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text("ascii"))
    return int(hit[1]) / 1024 if hit else 0.0


def main() -> None:
    """Run the case that the command line names."""
    question, case, folder, messages, port, size, round_trip = sys.argv[1:]
    site = Site(
        folder=Path(folder),
        messages=int(messages),
        port=int(port),
        size=size,
        round_trip=float(round_trip),
    )
    measure = every_question()[question].case(case).run(site)
    extra = {"peak_mb": peak_mb(), **measure.extra}
    print(json.dumps(attrs.asdict(attrs.evolve(measure, extra=extra))), flush=True)


if __name__ == "__main__":
    main()
