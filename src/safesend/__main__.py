"""`python -m safesend` and the command `safesend`."""

from __future__ import annotations

import importlib.util
import sys

__all__ = ["main"]


def main() -> int:
    """Run the command line; gives the exit code (see `safesend --help`)."""
    if any(importlib.util.find_spec(name) is None for name in ("click", "rich")):
        print(  # noqa: T201 - the one line that needs neither click nor rich
            "The command line needs two more packages: pip install 'safesend[cli]'",
            file=sys.stderr,
        )
        return 2
    from safesend.cli.app import run  # noqa: PLC0415 - it needs the extra `cli`

    return run()


if __name__ == "__main__":
    sys.exit(main())
