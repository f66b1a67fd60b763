"""ledger/postgres/contents.py: what campaigns are made of, in PostgreSQL."""

from __future__ import annotations

from contextlib import closing

import pytest

from safesend.ledger import open_ledger
from safesend.ledger.contents import digest_of
from safesend.testing import ledger_contents as contents
from safesend.testing.ledger_rows import NOW


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
