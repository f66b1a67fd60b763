"""After a run nobody's address stands in a log, in the ledger or in what was told."""

from __future__ import annotations

import json
import logging
import re

import pytest

from ledger.scenes import everything_on_disk
from safesend import Campaign, Recipient, Template
from safesend.engine.events import Measured
from safesend.ledger import open_ledger
from safesend.testing import SmtpServer

DOMAINS = ("gmail.com", "outlook.com", "example.net")
PEOPLE = [(f"zqa.{n:03}.vxw", DOMAINS[n % 3]) for n in range(130)]


def _spoken(server):
    """A server that fails in every way, and names people while it does."""
    for number, (local, domain) in enumerate(PEOPLE):
        address = f"{local}@{domain}"
        other, _ = PEOPLE[(number + 7) % len(PEOPLE)]
        said = f"<{address}> {local} ({other.upper()}), {other}: see {other}."
        aim = {"when": lambda m, a=address: a in m.argument}
        match number % 10:
            case 1:
                server.reply("rcpt", f"550 5.1.1 {said}", **aim)
            case 2:
                server.reply("rcpt", f"450-4.2.1 {said}\n450 4.2.1 {other}", **aim)
            case 3:
                server.reply("rcpt", f"452 4.2.2 {other} has no room", **aim)
            case 4:
                server.reply("dot", f"250 2.0.0 {other} queued for {said}", to=address)
            case 5:
                server.reply("dot", f"554 5.6.0 {said}", to=address)
            case 6:
                server.reply("dot", f"250 2.0.0 queued as {other}", to=address)
            case 7:
                server.reply("data", f"451 4.3.0 {said}", to=address, times=1)
            case 8 if number == 8:
                server.drop_before_reply("dot", to=address)
            case 8 if number == 18:
                octets = f"{said}\r\n".encode()
                server.garbage("rcpt", octets, **aim)
            case 8 if number == 28:
                server.reply("rcpt", f"421 4.3.2 {said}", times=1, **aim)
            case _:
                pass
    local, domain = PEOPLE[50]
    server.reply("connect", f"421 4.3.2 not for {local}, <{local}@{domain}>", times=1)


@pytest.mark.parametrize("lanes", [1, 4])
def test_nobody_is_named_anywhere(tmp_path, lanes):
    """DEBUG of every logger, the ledger with its log and marks, events and report."""
    log = tmp_path / "log"
    handler = logging.FileHandler(log, encoding="utf-8")
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    place = tmp_path / "ledger"
    place.mkdir()
    told, seen = [], []

    def look(event):
        told.append(repr(event))
        if isinstance(event, Measured):
            seen.append(everything_on_disk(place))

    campaign = Campaign(
        name="spring",
        sender="news@example.org",
        template=Template(subject="Hello", text="Dear {{ name }}"),
        audience=[
            Recipient(f"{local}@{domain}", name=f"Zqnam{n}")
            for n, (local, domain) in enumerate(PEOPLE)
        ],
    )
    try:
        with SmtpServer() as server:
            _spoken(server)
            report = campaign.send(
                server.url,
                ledger=place / "spring.db",
                lanes=lanes,
                retry="1s*2",
                on_event=look,
            )
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
        handler.close()
    assert report.refused > 10
    assert report.accepted > 40
    written = log.read_text("utf-8")
    assert written.count(" is refused after ") > 10
    with_ledger = open_ledger(place / "spring.db")
    reasons = [
        reason
        for state in ("refused", "waiting", "accepted", "in_doubt")
        for reason in with_ledger.reasons(1, state)
    ]
    with_ledger.close()
    for name, text in {
        "log": written,
        "events": "\n".join(told),
        "report": json.dumps(report.to_json()),
        "reasons": repr(reasons),
        "disk": everything_on_disk(place).decode("latin-1"),
        "disk meanwhile": b"".join(seen).decode("latin-1"),
    }.items():
        found = re.findall(r"zqa\.\d{3}\.vxw", text, re.IGNORECASE)
        assert not found, (name, set(found))
