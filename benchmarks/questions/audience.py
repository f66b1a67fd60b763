"""As the audience grows: what a message costs, and how much memory is needed at most.

Compared: one whole mailing each to 10 thousand, 100 thousand and 1 million people, from
a CSV through rehearsal, enrolment and a SQLite ledger to Postfix's `smtp-sink`, in a
process of its own. The figure is processor time of sending a message; beside it that of
reading, rehearsing and enrolling a row, and the peak of the resident memory of the
whole process.

Not compared: other mailers, which have no list and no ledger; keeping a million rows in
memory as most programs do would be counted in gigabytes. A million is in full runs
only.
"""

from __future__ import annotations

from benchmarks.core.question import CPU, RATE, Case, Measure, Question, told
from benchmarks.core.site import Site
from benchmarks.means.mailing import mailed

__all__ = ["BEFORE", "PEAK", "QUESTIONS"]

PEAK = told("peak_mb", "MB at the peak")
BEFORE = told("before", "us CPU a row before sending", digits=1)


def _mailed(site: Site) -> Measure:
    return mailed(site, site.url)


QUESTIONS = (
    Question(
        name="audience",
        title="As the audience grows",
        text=(
            "A whole mailing of the letter of 2 KB: the list in a CSV, rehearsed,"
            " enrolled in a SQLite ledger, sent to `smtp-sink`; each in a process of"
            " its own. Processor time is of sending; before it stands what reading,"
            " checking and enrolling a row took."
        ),
        cases=(
            Case("10k", "10,000 people", _mailed, 100),
            Case("100k", "100,000 people", _mailed, 10),
            Case("1m", "1,000,000 people", _mailed, full=True),
        ),
        reference="10k",
        messages=1_000_000,
        figure=CPU,
        beside=(BEFORE, PEAK, RATE),
        sink="smtp-sink",
        rounds=3,
    ),
)
