"""ledger/sqlite_hindsight.py: what is heard afterwards."""

from __future__ import annotations

from contextlib import closing

import pytest

from safesend.ledger import open_ledger
from safesend.ledger.base import State
from safesend.ledger.heard import Heard, Word
from safesend.ledger.hindsight import RowNews
from safesend.testing import ledger_hindsight as hindsight
from safesend.testing.ledger_rows import NOW, account_of, live_campaign

_PROMISES = [getattr(hindsight, name) for name in hindsight.__all__]


@pytest.mark.parametrize("promise", _PROMISES)
def test_it_keeps_its_promises(promise, tmp_path):
    """
    As every ledger does.
    """
    with closing(open_ledger(tmp_path / "x.db")) as ledger:
        promise(ledger)


def test_it_is_there_when_the_file_is_opened_anew(tmp_path):
    """
    Long lists come page by page; no address is kept of what is heard.
    """
    with closing(open_ledger(tmp_path / "x.db")) as ledger:
        campaign = live_campaign(ledger, 12_000)
        pages = [len(page) for page in ledger.hindsight.pages(campaign)]
        assert (sum(pages), len(pages)) == (12_000, 3)
        [[(row, _), *_], *_] = ledger.hindsight.pages(campaign)
        word = Word(Heard.BOUNCED, NOW, 550, None, "no ada@example.org here")
        ledger.hindsight.hear(campaign, [RowNews(row, word)], NOW)
    with closing(open_ledger(tmp_path / "x.db")) as ledger:
        found = account_of(ledger, campaign, 0)
        assert found.state is State.ACCEPTED
        assert [str(one) for one in found.heard] == [
            "bounced: 550 no a…@example.org here"
        ]
    assert b"ada@example.org" not in (tmp_path / "x.db").read_bytes()
