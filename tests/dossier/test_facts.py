import json

import attrs
from hypothesis import given
from hypothesis import strategies as st

from dossier.pasts import FULL, NOON, account, empty
from safesend.dossier.facts import MOST_PROVIDERS, shown, titles
from safesend.ledger.history import Order, Replied, Share
from safesend.ledger.values import Allowance, State


def test_figures_add_up():
    """
    Whatever way they are told: by state, by group, by provider.
    """
    dossier = account(FULL)

    assert dossier.people == 104
    assert sum(dossier.outcomes.values()) == 104
    assert sum(dossier.groups.values()) == 104
    assert sum(one.people for one in dossier.providers) == 104
    assert sum(sum(one.groups.values()) for one in dossier.providers) == 104
    assert (dossier.seeds, dossier.actors) == (1, ("ada", "bob"))


def test_a_domain_of_one_person_is_told_of_no_one():
    """
    It is among the others, with nobody's name.
    """
    dossier = account(FULL)

    assert [(one.name, one.domains) for one in dossier.providers] == [
        ("example.org", 1),
        ("example.net", 1),
        ("", 1),
    ]
    assert "ada.example" not in json.dumps(dossier.to_json())
    assert "ada.example" not in dossier.to_html()


def test_the_largest_are_told_by_name():
    """
    A dozen; the rest is one line, however many they are.
    """
    shares = [Share(f"{n}.example", State.ACCEPTED, n) for n in range(2, 40)]
    found = account(empty(shares=tuple(shares))).providers

    assert len(found) == MOST_PROVIDERS + 1
    assert [one.people for one in found[:3]] == [39, 38, 37]
    assert found[-1].domains == len(shares) - MOST_PROVIDERS
    assert sum(one.people for one in found) == sum(range(2, 40))


def test_it_is_json():
    """
    All of it as plain values, with names that say what they are.
    """
    told = json.loads(json.dumps(account(FULL).to_json()))

    assert (told["campaign"], told["people"], told["made"]) == (
        *("spring letter", 104, NOON + 3600),
    )
    assert told["outcomes"]["in_doubt"] == 4
    assert told["decided_as_accepted"] == 2
    assert told["fingerprint"] == "129a" * 16
    assert told["orders"][0] == {
        "at": NOON + 100,
        "what": "pause",
        "provider": "",
        "actor": "ada",
        "reason": "is the date right?",
    }
    assert told["allowed"] == [
        {
            "at": NOON - 30,
            "check": "L16",
            "place": "html",
            "reason": "the logo is our own",
        }
    ]
    assert told["providers"][-1] == {
        "provider": "others",
        "domains": 1,
        "people": 1,
        "outcomes": {"accepted": 1},
    }
    assert {"check": "L99", "titles": []} in told["checks"]
    assert told["timeline"]["width"] == 60
    assert told["holds"] == {"example.net": "pause"}
    assert told["attempts"] == {"0": 9, "1": 90, "2": 5}


def test_an_address_is_masked_wherever_it_stands():
    """
    In names, reasons, replies, places and paths.
    """
    address = "ada.lovelace@example.org"
    past = attrs.evolve(
        FULL,
        name=f"for {address}",
        about=address,
        orders=(Order(NOON, address, address, address, address),),
        replies=(Replied(State.REFUSED, f"550 {address}", 1),),
        passed=(
            attrs.evolve(FULL.passed[0], allowance=Allowance("L16", address, address)),
        ),
        shares=(Share(address, State.ACCEPTED, 3),),
    )
    dossier = attrs.evolve(account(past))

    assert "lovelace" not in json.dumps(dossier.to_json())
    assert "lovelace" not in dossier.to_html()


@given(st.text())
def test_what_is_shown_hides_nothing(text):
    """
    No control character, nothing that turns the direction of reading.
    """
    assert shown(text).isprintable()


def test_what_a_check_looks_for():
    """
    From the catalogue; nothing for a check that it does not have.
    """
    assert titles("L02") == ("A list of blind copies is sent along",)
    assert len(titles("L17")) == 2
    assert titles("L99") == ()


def test_replies_are_told_by_state():
    """
    The most frequent first.
    """
    found = account(FULL).replies(State.REFUSED, State.WAITING)

    assert [one.number for one in found] == [9, 6, 1]


def test_decisions_are_orders_about_doubts():
    """
    And no other ones.
    """
    assert [one.what for one in account(FULL).decisions] == ["accept"]
