"""Messages a second to Postfix's smtp-sink: safesend beside smtplib and smtp-source.

    python benchmarks/throughput.py [--rounds 5] [--people 20000] [--json FILE]

The cases run in turn (A B C D, A B C D, ...), each in a process of its own, the sink on
one core and the sender on another; medians of the rounds are printed. One recipient a
message; the sink's own count is checked after every run. Absolute figures depend on the
machine and on its other guests: the ratios of one run are what can be compared.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

__all__ = ["main"]

HERE = Path(__file__).parent
CASES = ("smtplib", "smtp-source", "safesend-memory", "safesend-sqlite")
SLOW = {"smtplib": 20}
"""A case that gets only this part of the people, since it takes so much longer."""
SIZE = 2000

Result = dict[str, float]


def pinned(core: int) -> list[str]:
    """The words that keep a command on one core, where there are two and taskset."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2 or shutil.which("taskset") is None:
        return []
    return ["taskset", "-c", str(cores[core])]


def program(name: str) -> str:
    """The path of a program of Postfix, which may lie in sbin."""
    found = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin")
    if found is None:
        raise SystemExit(f"{name} is missing: apt-get install postfix")
    return found


@contextmanager
def sink(folder: Path) -> Iterator[tuple[int, Path]]:
    """A sink on the first core that keeps nothing but its count."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    where = f"inet:127.0.0.1:{port}"
    command = [*pinned(0), program("smtp-sink"), *user, "-c", where, "100"]
    counter = folder / f"count-{port}"
    with counter.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        wait_for(port)
        yield port, counter
    finally:
        process.terminate()
        process.wait()


def wait_for(port: int) -> None:
    """Return when something listens there."""
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise SystemExit("smtp-sink did not start")


def run(case: str, port: int, people: int, folder: Path) -> Result:
    """One run of one case on the last core."""
    if case == "smtp-source":
        return run_source(port, people)
    command = [sys.executable, str(HERE / "senders.py"), case, str(port), str(people)]
    done = subprocess.run(
        [*pinned(-1), *command, str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{case} failed:\n{done.stdout}{done.stderr}")
    result: Result = json.loads(done.stdout)
    return result


def run_source(port: int, people: int) -> Result:
    """Postfix's own load generator in C: ten sessions, constant content."""
    options = ["-d", "-s", "10", "-m", str(people), "-l", str(SIZE)]
    addresses = ["-f", "office@example.org", "-t", "person@example.org"]
    where = f"inet:127.0.0.1:{port}"
    before, begin = os.times(), time.perf_counter()
    command = [*pinned(-1), program("smtp-source"), *options, *addresses, where]
    subprocess.run(command, check=True)
    seconds, after = time.perf_counter() - begin, os.times()
    cpu = (
        after.children_user
        + after.children_system
        - before.children_user
        - before.children_system
    )
    return {"sent": people, "seconds": seconds, "preparing": 0.0, "cpu": cpu}


def counted(counter: Path) -> int:
    """How many messages the sink says it took."""
    hits = re.findall(rb"mesg=(\d+)", counter.read_bytes())
    return int(hits[-1]) if hits else 0


def measure(case: str, people: int, folder: Path) -> Result:
    """One run against a fresh sink, whose count must be right."""
    people //= SLOW.get(case, 1)
    with sink(folder) as (port, counter):
        result = run(case, port, people, folder)
        received = counted(counter)
    if received != people or result["sent"] != people:
        raise SystemExit(
            f"{case}: {people} people, {result['sent']:.0f} sent, {received} received"
        )
    return result | {"rate": people / result["seconds"], "people": people}


def compare(rounds: int, people: int, folder: Path) -> dict[str, list[Result]]:
    """All cases in turn, so that a slow spell of the machine meets all of them."""
    results: dict[str, list[Result]] = {case: [] for case in CASES}
    for number in range(rounds):
        for case in CASES:
            result = measure(case, people, folder)
            results[case].append(result)
            print(
                f"round {number + 1}: {case} {result['rate']:,.0f}/s", file=sys.stderr
            )
    return results


def summary(results: dict[str, list[Result]]) -> list[dict[str, Any]]:
    """The medians of each case, and of its ratios to two others of the same round."""
    rows = []
    for case, runs in results.items():
        row: dict[str, Any] = {"case": case, "people": int(runs[0]["people"])}
        for key in ("rate", "preparing"):
            row[key] = statistics.median(run[key] for run in runs)
        whole = [r["people"] / (r["seconds"] + r["preparing"]) for r in runs]
        row["rate_with_preparing"] = statistics.median(whole)
        cpu = [r["cpu"] / r["people"] * 1e6 for r in runs]
        row["cpu_microseconds"] = statistics.median(cpu)
        for other in ("smtplib", "smtp-source"):
            pairs = zip(runs, results[other], strict=True)
            row[f"to_{other}"] = statistics.median(
                mine["rate"] / theirs["rate"] for mine, theirs in pairs
            )
        rows.append(row)
    return rows


def table(rows: list[dict[str, Any]]) -> str:
    """The summary in Markdown."""
    titles = (
        "case",
        "messages",
        "/s sending",
        "rehearsal, s",
        "/s with rehearsal",
        "CPU us a message",
        "to smtplib",
        "to smtp-source",
    )
    lines = [f"| {' | '.join(titles)} |", "| --- |" + " ---: |" * (len(titles) - 1)]
    lines += [
        f"| {row['case']} | {row['people']:,} | {row['rate']:,.0f} |"
        f" {row['preparing']:.2f} | {row['rate_with_preparing']:,.0f} |"
        f" {row['cpu_microseconds']:,.0f} | {row['to_smtplib']:.1f} |"
        f" {row['to_smtp-source']:.2f} |"
        for row in rows
    ]
    return "\n".join(lines)


def arguments() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--json", type=Path, metavar="FILE")
    return parser.parse_args()


def main() -> None:
    """Refuse what must be refused, measure, print."""
    asked = arguments()
    with tempfile.TemporaryDirectory(prefix="safesend-bench-") as name:
        folder = Path(name)
        refused = run("refusals", 0, 0, folder)["sent"]
        print(f"refused before measuring: {refused:.0f} of 3 hostile letters\n")
        results = compare(asked.rounds, asked.people, folder)
    rows = summary(results)
    print(table(rows))
    print(
        f"\nmedians of {asked.rounds} rounds; 2 KB, text and HTML, one recipient each;"
        " CPU of the whole process, rehearsal included;"
        f" CPython {sys.version.split()[0]}"
    )
    if asked.json:
        asked.json.write_text(json.dumps({"cases": rows, "rounds": results}, indent=2))


if __name__ == "__main__":
    main()
