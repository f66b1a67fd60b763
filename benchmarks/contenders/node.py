"""nodemailer: its pool of ten connections, fed when it is idle.

As in https://nodemailer.com/smtp/pooled/; its own clock, inside of node.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from benchmarks import ROOT, letter
from benchmarks.core.question import Case, Measure
from benchmarks.core.site import Site

__all__ = ["CASES"]

_SCRIPT = Path(__file__).with_name("nodemailer.cjs")


def _pool(site: Site) -> Measure:
    source = letter.LETTERS[site.size]
    told = {
        "port": site.port,
        "connections": 10,
        "sender": letter.SENDER,
        "subject": source.subject,
        "text": source.text,
        "html": source.html,
        "people": [letter.fields(number) for number in range(site.messages)],
    }
    file = site.folder / "told.json"
    file.write_text(json.dumps(told), "utf-8")
    modules = ROOT / ".tools/node_modules/nodemailer"
    done = subprocess.run(
        ["node", str(_SCRIPT), str(modules), str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stderr[-400:])
    return Measure(**json.loads(done.stdout))


CASES = (
    Case("nodemailer", "nodemailer, pool of 10", _pool, 15, ("node", "nodemailer")),
)
