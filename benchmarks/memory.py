"""Peak memory of a whole mailing at 10,000 and at 1,000,000 recipients.

    python benchmarks/memory.py [--recipients 10000 1000000] [--json FILE]

Each size runs in a process of its own: a CSV is read, rehearsed, enrolled into a
SQLite ledger and sent over SMTP to Postfix's smtp-sink. The figure is the peak of the
resident set of that process (ru_maxrss), everything included.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

_TEXT = "Dear {{ name }},\n\n" + "All is well with number {{ number }}.\n" * 20
_HTML = "<p>Dear {{ name }},</p>" + "<p>All is well with {{ number }}.</p>\n" * 20


def _write_list(path: Path, count: int) -> None:
    with path.open("w", encoding="utf-8") as out:
        out.write("email,name,number\n")
        for i in range(count):
            out.write(f"person{i}@example.net,Ada Søndergård {i},{i:08d}\n")


def _send(people: str, ledger: str, url: str) -> None:
    from safesend import Campaign, Template, read_csv

    report = Campaign(
        name="memory",
        sender="News <news@example.org>",
        template=Template(subject="Hello {{ name }}", text=_TEXT, html=_HTML),
        audience=read_csv(people),
    ).send(url, ledger=ledger)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        json.dumps(
            {
                "recipients": report.recipients,
                "accepted": report.accepted,
                "peak_mb": peak,
                "rehearsal_seconds": round(report.rehearsal_seconds, 1),
                "seconds": round(report.seconds, 1),
            }
        )
    )


def _measure(count: int, url: str) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        people = Path(folder, "people.csv")
        _write_list(people, count)
        command = [sys.executable, __file__, "--child", str(people)]
        command += [str(Path(folder, "memory.db")), url]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    result: dict[str, object] = json.loads(done.stdout)
    if result["accepted"] != count:
        raise SystemExit(f"only {result['accepted']} of {count} were accepted")
    return result


def main() -> None:
    """Measure and print a table."""
    from servers.smtp_sink import run_sink

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipients", type=int, nargs="+", default=[10_000, 10**6])
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    with run_sink(keep=False) as sink:
        rows = [_measure(count, sink.url) for count in asked.recipients]
    print("| recipients | peak memory | rehearsal | sending |")
    print("| ---: | ---: | ---: | ---: |")
    for row in rows:
        print(
            f"| {row['recipients']:,} | {row['peak_mb']} MB |"
            f" {row['rehearsal_seconds']} s | {row['seconds']} s |"
        )
    if asked.json:
        asked.json.write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        _send(*sys.argv[2:])
    else:
        main()
