import pytest
from hypothesis import given

from safesend.checks.exploders import Crowd, crowd_behind, looks_like_list
from safesend.message.address import Address
from safesend.testing.strategies import addresses

LISTS = [
    "all@example.org",
    "All-Staff@example.org",
    "allstaff@example.org",
    "office-all@example.org",
    "everyone@example.org",
    "alle@example.org",
    "mitglieder@verein.example",
    "choir.members@example.org",
    "newsletter-members@example.org",
    "subscribers@example.org",
    "students2024.students@example.org",
    "python-users@example.org",
    "ietf-discuss@example.org",
    "list@example.org",
    "choir-list@example.org",
    "verteiler@example.org",
    "rundmail@example.org",
    "chess-announce@example.org",
    "choir@googlegroups.com",
    "choir@groups.google.com",
    "choir@groups.io",
    "choir@town.groups.io",
    "choir@yahoogroups.com",
    "choir@lists.example.org",
    "choir@listserv.example.edu",
    "choir@mailman3.example.org",
]
PERHAPS = ["team@example.org", "staff@example.org", "sales-team@example.org"]
PEOPLE = [
    "ada@example.org",
    "franz.list@example.org",
    "christine.staff@example.org",
    "marshall@example.org",
    "mohammed.all@example.org",
    "info@example.org",
    "news@example.org",
    "newsletter@example.org",
    "support@example.org",
    "anna.lister@example.org",
    "stafford@example.org",
    "choir-request@lists.example.org",
    "choir-bounces@lists.example.org",
    "bounces+1234@lists.example.org",
    "choir-owner@googlegroups.com",
    "noreply@groups.io",
    "ada@listening.example.org",
    "ada@teamwork.example.org",
    "ada+all.hands@example.org",
]


@pytest.mark.parametrize("text", LISTS)
def test_an_address_of_many_is_told_by_its_look(text):
    """By its last word, the service or the name of the host, in any case."""
    assert looks_like_list(Address.parse(text))


@pytest.mark.parametrize("text", PERHAPS)
def test_a_role_may_be_one_or_many(text):
    """It is not called a list."""
    assert crowd_behind(*text.split("@")) is Crowd.PERHAPS
    assert not looks_like_list(Address.parse(text))


@pytest.mark.parametrize("text", PEOPLE)
def test_people_roles_and_managers_of_lists_are_no_lists(text):
    """Surnames like List and All pass, and so does choir-request@."""
    assert crowd_behind(*text.split("@")) is Crowd.ONE


def test_a_host_of_lists_is_told_from_a_list():
    """Of news@lists.example.org only the host speaks."""
    assert crowd_behind("news", "lists.example.org") is Crowd.HOST
    assert crowd_behind("all", "lists.example.org") is Crowd.LIST
    assert crowd_behind('"all"', "example.org") is Crowd.LIST
    assert crowd_behind("", "") is Crowd.ONE


@given(addresses())
def test_every_address_has_an_answer(address):
    """Whatever it is made of."""
    assert looks_like_list(Address.parse(address)) in (True, False)
