"""ledger/postgres/contents.py: what campaigns are made of, in PostgreSQL."""

from __future__ import annotations

import asyncio
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from engine.content.samples import campaign
from safesend import Recipient
from safesend.engine.joining import enlist, join, joint
from safesend.engine.options import Options
from safesend.ledger import open_ledger
from safesend.ledger.contents import digest_of
from safesend.testing import ledger_contents as contents
from safesend.testing.ledger_rows import NOW
from safesend.transports import MemoryTransport


@pytest.mark.parametrize("name", contents.__all__)
def test_it_keeps_its_promises(name, postgres, tmp_path):
    """
    As every ledger does.
    """
    with closing(open_ledger(postgres.url, key_home=tmp_path / "keys")) as ledger:
        getattr(contents, name)(ledger)


def test_it_is_there_when_the_ledger_is_opened_anew(postgres, tmp_path):
    """
    A large part as well.
    """
    home, large = tmp_path / "keys", bytes(range(256)) * 20_000
    with closing(open_ledger(postgres.url, key_home=home)) as ledger:
        campaign = ledger.campaign("spring", NOW).id
        ledger.contents.keep(campaign, b"manifest", [large])
    with closing(open_ledger(postgres.url, key_home=home)) as ledger:
        assert ledger.contents.manifest(campaign) == b"manifest"
        assert ledger.contents.part(digest_of(large)) == large


def test_campaigns_may_change_at_once(postgres, tmp_path):
    """
    What one takes up while another lets go of it stays.
    """
    home = tmp_path / "keys"
    with closing(open_ledger(postgres.url, key_home=home)) as first:
        numbers = [first.campaign(name, NOW).id for name in ("spring", "summer")]

    def change(number):
        with closing(open_ledger(postgres.url, key_home=home)) as ledger:
            for turn in range(20):
                parts = [b"shared"] if turn % 2 else []
                ledger.contents.keep(number, b"manifest of %d" % number, parts)

    with ThreadPoolExecutor() as pool:
        list(pool.map(change, numbers))
    with closing(open_ledger(postgres.url, key_home=home)) as ledger:
        assert ledger.contents.part(digest_of(b"shared")) == b"shared"
        for number in numbers:
            assert ledger.contents.manifest(number) == b"manifest of %d" % number


def test_two_join_over_it(postgres, tmp_path):
    """
    Everybody gets one message, from whichever of them.
    """
    home = tmp_path / "keys"
    rows = [Recipient(f"p{n}@example.com", name=f"Name {n}") for n in range(200)]
    options = Options(give_up_after="2d", confirm_changes=False, lanes=1)
    carriers = MemoryTransport(), MemoryTransport()
    with closing(open_ledger(postgres.url, key_home=home)) as ledger:
        asyncio.run(enlist(campaign(audience=rows), options, ledger, carriers[0]))

    def send(carrier):
        with closing(open_ledger(postgres.url, key_home=home)) as ledger:
            asyncio.run(join(joint(ledger), carrier))

    with ThreadPoolExecutor() as pool:
        list(pool.map(send, carriers))
    copies = Counter(one.recipient.wire for by in carriers for one in by.messages)
    assert copies == {one.address.wire: 1 for one in rows}
