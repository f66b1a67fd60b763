"""How fast everybody is: measured side by side, in turn, in one run.

`python -m benchmarks --help`, or `make bench`, which has all contenders.
"""

from __future__ import annotations

import sys
from pathlib import Path

__all__ = ["ROOT"]

ROOT = Path(__file__).resolve().parent.parent

# The real servers are started by what starts them for the tests.
for _place in ("src", "tests"):
    if (_folder := str(ROOT / _place)) not in sys.path:
        sys.path.insert(0, _folder)
