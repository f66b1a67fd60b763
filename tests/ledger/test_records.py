from safesend.ledger.heard import Heard, Word
from safesend.ledger.records import account_of, campaign_of
from safesend.ledger.values import Control, State


def test_a_campaign_is_what_the_tables_say():
    """
    Where nobody gave a reason there is none.
    """
    row = (7, "spring", 1, 3, b"print", "pause", None, None, None, "test", "ada")
    found = campaign_of(row)

    assert (found.id, found.live, found.control) == (7, True, Control.PAUSE)
    assert (found.reason, found.keep_for, found.about) == ("", None, "ada")


def test_an_account_is_what_the_tables_say():
    """
    Both numbers of a row that waits mean the same to a person.
    """
    heard = (Word(Heard.DELIVERED, 1.0),)
    found = account_of((3, 2, 5.0, None, 450, "4.2.0", None), heard)

    assert found.state is State.WAITING
    assert (found.stage, found.code, found.text, found.heard) == ("", 450, "", heard)
