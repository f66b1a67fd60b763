"""Runs Django's own tests with this library's class in place of its SMTP backend.

    python swapped.py ours|djangos FOLDER-OF-DJANGO'S-TESTS LABEL...

The tests ask for `django.core.mail.backends.smtp.EmailBackend`, and get ours. With
"djangos" nothing is swapped, to see what fails on this machine anyway.
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

__all__ = ["main"]


def main(whose: str, folder: Path, labels: list[str]) -> None:
    """Swap the class, then run the tests as Django's developers do."""
    if whose == "ours":
        from django.core.mail.backends import smtp

        from safesend.integrations.django import EmailBackend

        smtp.EmailBackend = EmailBackend
    sys.path.insert(0, str(folder))
    sys.argv = [str(folder / "runtests.py"), "--parallel=1", "-v2", *labels]
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
