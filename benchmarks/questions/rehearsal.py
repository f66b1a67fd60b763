"""The rehearsal alone: every message composed, sealed, and put to every leak check.

Compared: `Campaign.rehearse()` on a list of 2 KB letters, the list read twice and every
check on, with the same rows read once, composed and sealed: what checking adds. Before
that the same build must find what is planted, an address of the list in the letter, in
a row and in a very hidden sheet of an attached workbook: or there is no figure.

Not compared: nobody else checks anything, so there is nobody to compare with. Nothing
is enrolled or sent.
"""

from __future__ import annotations

import importlib.util
import io
from pathlib import Path

import attrs

from benchmarks import letter
from benchmarks.contenders import ours
from benchmarks.contenders.clock import Clock
from benchmarks.core.question import CPU, ROWS, Case, Measure, Question
from benchmarks.core.site import Site
from safesend import Attachment, Campaign, Template, read_csv

__all__ = ["QUESTIONS"]

DATE = 1_800_000_000.0
FEW = 1000


def _whole(site: Site) -> Measure:
    _prove(site.folder)
    campaign = ours.made(site)
    clock = Clock()
    rehearsal = campaign.rehearse()
    measure = clock.measure(rehearsal.recipients)
    rehearsal.must_be_ok()
    return measure


def _unchecked(site: Site) -> Measure:
    """The rows read, composed and sealed; as `Rehearsal.messages` does it."""
    from safesend.engine.prepare import Preparer
    from safesend.message.compile import Letterhead, compile_message
    from safesend.message.identity import CampaignKey

    campaign = ours.made(site)
    head = Letterhead(sender=campaign.sender, message_id_domain="example.org")
    clock = Clock()
    compiled = compile_message(campaign.template, head)
    preparer = Preparer(compiled, CampaignKey(bytes(32), campaign.name))
    envelopes = (preparer.envelope(row, DATE) for row in campaign.audience)
    return clock.measure(sum(1 for _ in envelopes))


def _prove(folder: Path) -> None:
    """What is planted is found, wherever the row stands in the list."""
    people = folder / "few.csv"
    letter.write_list(people, FEW)
    address = letter.row(FEW - 2)[0]
    lines = people.read_text("utf-8").splitlines(keepends=True)
    lines[2] = lines[2].replace(letter.row(1)[1], address, 1)
    planted = folder / "planted.csv"
    planted.write_text("".join(lines), "utf-8")
    plain = Template(letter.SUBJECT, text=letter.TEXT, html=letter.HTML)
    told = attrs.evolve(plain, text=f"{letter.TEXT}\n{address}\n")
    leaks = {"the letter": (told, people), "a row": (plain, planted)}
    if importlib.util.find_spec("openpyxl") is not None:
        sheet = Attachment.from_bytes(_workbook(address), name="prices.xlsx")
        leaks["a sheet"] = (attrs.evolve(plain, attachments=[sheet]), people)
    for place, (template, rows) in leaks.items():
        campaign = Campaign(
            name=place,
            sender=letter.SENDER,
            template=template,
            audience=read_csv(rows),
        )
        if campaign.rehearse().ok:
            raise SystemExit(f"an address planted in {place} was not found")


def _workbook(address: str) -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    raw = book.create_sheet("raw")
    raw["B7"] = address
    raw.sheet_state = "veryHidden"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


QUESTIONS = (
    Question(
        name="rehearsal",
        title="The rehearsal alone",
        text=(
            "The letter of 2 KB to a list in a CSV, on one core: the list read twice,"
            " every message composed, sealed and put to every leak check, one in a"
            " thousand read whole; nothing is kept or sent."
        ),
        cases=(
            Case("unchecked", "read, composed and sealed, no checks", _unchecked),
            Case("rehearsal", "`campaign.rehearse()`, every check", _whole),
        ),
        reference="unchecked",
        messages=50_000,
        figure=ROWS,
        beside=(CPU,),
    ),
)
