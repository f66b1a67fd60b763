"""`python -m safesend.fleet`: one of the processes of a run; see `helping`."""

from __future__ import annotations

from safesend.fleet.helping import main

__all__: list[str] = []

if __name__ == "__main__":
    main()
