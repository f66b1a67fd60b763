"""`python -m safesend.smtplib script.py`: see `safesend.smtplib.running`."""

from __future__ import annotations

import sys

from safesend.smtplib.running import main

__all__: list[str] = []

if __name__ == "__main__":
    main(sys.argv[1:])
