"""ledger/whereabouts.py: where a ledger lies, and what of it may be shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.errors import ConfigurationError, LedgerError
from safesend.ledger import open_ledger
from safesend.ledger.whereabouts import has_password, is_kept, masked, shown
from servers.service import lasting_port

WORD = st.text("abcxyz0189-_.~!$'()*+:", min_size=8, max_size=12)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("spring.db", "spring.db"),
        ("postgresql://u@h/d?schema=x", "postgresql://u@h/d?schema=x"),
        ("postgresql:///d?host=/run", "postgresql:///d?host=/run"),
        ("postgresql://u@h,i:5433/d", "postgresql://u@h,i:5433/d"),
        ("postgresql://u:p@h/d", "postgresql://u@h/d"),
        ("postgres://u:p@q@h/d", "postgres://u@h/d"),
        ("postgresql://h/d?password=p&schema=x", "postgresql://h/d?schema=x"),
        ("postgresql://h/d?pass%77ord=p", "postgresql://h/d"),
        ("postgresql://h/d?sslpassword=p", "postgresql://h/d"),
        ("postgresql://u:p/q@h/d", "postgresql://..."),
        ("postgresql://u:p#q@h/d", "postgresql://..."),
        ("postgresql://[::1/d", "postgresql://..."),
    ],
)
def test_a_url_is_shown_without_its_secrets(url: str, told: str) -> None:
    """Everything else stays, so that it can be typed again."""
    assert shown(url) == told
    assert has_password(url) is (told not in {url, "postgresql://..."})


@given(WORD, WORD)
def test_no_password_is_shown(first: str, second: str) -> None:
    """Whatever it is made of, as user's password or behind the question mark."""
    url = f"postgresql://me:{first}@db/mail?password={second}"
    assert f":{first}" not in shown(url)
    assert second not in shown(url) or second in "me@db/mail"


def test_a_file_is_kept_where_it_is(tmp_path) -> None:
    """Looking makes none."""
    place = str(tmp_path / "spring.db")
    assert not is_kept(place)
    open_ledger(place).close()
    assert is_kept(place)


def test_tables_are_kept_in_their_schema(postgres) -> None:
    """Looking makes none there either, and another schema is another ledger."""
    assert not is_kept(postgres.url)
    open_ledger(postgres.url).close()
    assert is_kept(postgres.url)
    assert not is_kept(f"{postgres.url}?schema=other")


def test_a_server_that_is_away_is_no_answer() -> None:
    """Neither yes nor no."""
    with pytest.raises(LedgerError, match="cannot be reached"):
        is_kept(f"postgresql://me@127.0.0.1:{lasting_port()}/mail")
    with pytest.raises(ConfigurationError, match="is not one that PostgreSQL"):
        is_kept("postgresql://u:p/q@h/d")


def test_an_error_keeps_the_url_and_masks_people() -> None:
    """The user of a database is no mailbox; what else looks like one is masked."""
    url = "postgresql://mail@db.example.org:5432/mail?schema=x"
    text = f"the ledger {url}: ada@example.org"
    assert masked(text) == f"the ledger {url}: a…@example.org"
    for hidden in ("postgresql://ada@example.org", "postgresql://a:b@c.example/d"):
        assert masked(hidden) != hidden
