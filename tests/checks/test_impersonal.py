import pytest

from safesend.checks.impersonal import FREE_MAIL, is_impersonal, is_role

OFFICES = """
    info support office sales noreply no-reply kontakt vorstand sekretariat presse
    rechnung redaktion accueil secretariat contacto administracion atendimento
    segreteria amministrazione klantenservice kundeservice toimisto biuro
    ugyfelszolgalat webmaster postmaster abuse mailer-daemon büro geschäftsstelle
    info.berlin berlin-info support2 2support info_de press-office news+spring
    customer.service
"""
PEOPLE = """
    ada bob ada.lovelace a.lovelace lovelace steve.jobs ola.nordmann john.clerk
    mary-post j.winkel postma infante officer.k adainfo 4711 x
"""


@pytest.mark.parametrize("local", OFFICES.split())
def test_offices_are_known_in_several_languages(local):
    """
    A role by itself, with a place or a number, in any of the large languages.
    """
    assert is_role(local)
    assert is_impersonal(f"{local}@example.net", frozenset())


@pytest.mark.parametrize("local", PEOPLE.split())
def test_people_are_people(local):
    """
    A name that is a word as well, or begins like one, is still a person's.
    """
    assert not is_role(local)


def test_nothing_and_much_are_no_office():
    """
    Empty, dotted and endless local parts are taken as they come.
    """
    assert not is_role("")
    assert not is_role("....")
    assert not is_role("a" * 100_000)
    assert not is_impersonal("", frozenset())


def test_the_senders_house_is_nobody():
    """
    An address at a domain of the sender or below one, but not above or beside it.
    """
    own = frozenset({"club.example.org"})

    assert is_impersonal("ada@club.example.org", own)
    assert is_impersonal("ada@berlin.club.example.org", own)
    assert not is_impersonal("ada@example.org", own)
    assert not is_impersonal("ada@myclub.example.org", own)


@pytest.mark.parametrize("domain", ["gmail.com", "web.de", "163.com", "orange.fr"])
def test_a_provider_of_free_mail_is_nobodys_house(domain):
    """
    Who sends from a free address does not own those of all the others.
    """
    assert domain in FREE_MAIL
    assert not is_impersonal(f"ada@{domain}", frozenset({domain}))


def test_the_list_of_providers_holds_domains_only():
    """
    Each in lower case, with a dot, once.
    """
    assert [one for one in FREE_MAIL if one != one.lower() or "." not in one] == []
