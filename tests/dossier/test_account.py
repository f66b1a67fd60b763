import attrs
import pytest

from dossier.pasts import FULL, NOON, ZONE, account


def test_an_account_is_a_value():
    """
    Equal to another one of the same facts, and not to be changed.
    """
    dossier = account(FULL)

    assert dossier == account(FULL)
    assert dossier != attrs.evolve(dossier, made=NOON)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        dossier.made = NOON


def test_a_page_has_the_time_of_its_zone():
    """
    Without one it is that of the machine.
    """
    dossier = account(FULL)

    assert "1 March 2027, 14:00:00" in dossier.to_html(ZONE)
    assert "<!doctype html>" in dossier.to_html()
