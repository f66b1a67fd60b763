import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.intake.names import address_columns, identifier


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("email", "email"),
        (" First name ", "first_name"),
        ("E-Mail", "e_mail"),
        ("2nd choice", "_2nd_choice"),
        ("Größe (cm)", "größe_cm"),
        ("a  -  b", "a_b"),
        ("_id", "_id"),
        ("#id", "_id"),
        ("\ufeffemail", "_email"),
        ("cafe\u0301", "café"),
        ("", ""),
        (" ?! ", ""),
        ("姓名", "姓名"),
    ],
)
def test_a_title_becomes_an_identifier(title, name):
    """
    Lower case, "_" for everything else, never with a digit in front.
    """
    assert identifier(title) == name


@given(st.text())
def test_an_identifier_stays_what_it_is(title):
    """
    So a column can be named by its title or by its identifier.
    """
    name = identifier(title)

    assert identifier(name) == name
    assert not name[:1].isdigit()


def test_usual_names_are_found_the_sure_ones_first():
    """
    All that fit are given; who asks decides what to do with two.
    """
    assert address_columns(["name", "email"]) == ["email"]
    assert address_columns(["address", "correo"]) == ["correo"]
    assert address_columns(["address", "name"]) == ["address"]
    assert address_columns(["email", "mail"]) == ["email", "mail"]
    assert address_columns(["name"]) == []
