"""`python -m benchmarks`."""

from __future__ import annotations

from benchmarks.core.run import main

__all__: list[str] = []

if __name__ == "__main__":
    main()
