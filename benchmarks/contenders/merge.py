"""mailmerge: a template of Jinja and Markdown, a CSV, a program.

As in https://github.com/awdeorio/mailmerge: `mailmerge --no-dry-run --no-limit`. It
writes what it sends to its output, and connects for each message; so it comes.
"""

from __future__ import annotations

import contextlib
import os

from benchmarks import letter
from benchmarks.contenders.clock import Clock
from benchmarks.core.question import Case, Measure
from benchmarks.core.site import Site

__all__ = ["CASES"]

_TOP = """\
TO: {{ email }}
SUBJECT: %s
FROM: %s
MESSAGE-ID: <{{ code }}@example.org>
CONTENT-TYPE: text/markdown

"""


def _sent(site: Site) -> Measure:
    from mailmerge.__main__ import main

    source = letter.LETTERS[site.size]
    top = _TOP % (source.subject, letter.SENDER)
    template = site.folder / "template.txt"
    template.write_text(top + source.text, "utf-8")
    letter.write_list(site.folder / "people.csv", site.messages)
    server = f"[smtp_server]\nhost = 127.0.0.1\nport = {site.port}\nratelimit = 0\n"
    (site.folder / "server.conf").write_text(server)
    words = ["--no-dry-run", "--no-limit", "--template", str(template)]
    words += ["--database", str(site.folder / "people.csv")]
    words += ["--config", str(site.folder / "server.conf")]
    clock = Clock()
    with open(os.devnull, "w") as nothing, contextlib.redirect_stdout(nothing):  # noqa: PTH123
        main(words, standalone_mode=False)
    return clock.measure(site.messages)


CASES = (
    Case(
        "mailmerge",
        "mailmerge, Markdown",
        _sent,
        50,
        ("mailmerge",),
        "it connects for each message",
    ),
)
