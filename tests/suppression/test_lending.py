import pytest

from safesend.errors import ConfigurationError, LedgerError
from safesend.suppression import SuppressionList
from safesend.suppression.lending import existing_list, lent


@pytest.fixture
def path(tmp_path):
    """A list with one person."""
    with SuppressionList(tmp_path / "a.db") as shared:
        shared.add(["ada@example.org"])
    return tmp_path / "a.db"


@pytest.mark.parametrize("kind", [str, lambda path: path])
def test_a_path_is_opened_for_a_while(path, kind):
    """
    And closed afterwards.
    """
    with lent(kind(path)) as shared:
        assert shared.has("ada@example.org")
    with pytest.raises(LedgerError, match=r"the suppression list .* was closed"):
        shared.has("ada@example.org")


def test_an_open_list_stays_open(path):
    """
    It is its owner's.
    """
    with SuppressionList(path) as own:
        with lent(own) as shared:
            assert shared is own
        assert own.has("ada@example.org")


def test_none_is_none():
    """
    Nothing is opened.
    """
    with lent(None) as shared:
        assert shared is None


def test_a_list_that_is_not_there_is_not_made(tmp_path):
    """
    A slip in its name would write to everybody who asked for no more.
    """
    for open_it in (existing_list, lambda path: lent(path).__enter__()):
        with pytest.raises(ConfigurationError, match="safesend suppress new"):
            open_it(tmp_path / "aa.db")
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_list_is_refused():
    """
    The error says what it may be.
    """
    with pytest.raises(ConfigurationError, match="not a list"), lent([]):
        pytest.fail("it was lent")
