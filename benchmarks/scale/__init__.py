"""Large mailings on paper: what a row costs, and what millions of them make of it.

`python -m benchmarks.scale`, or `make scale`.
"""

from __future__ import annotations

__all__: list[str] = []
