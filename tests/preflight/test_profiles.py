"""What providers ask for, held against what was found."""

import itertools

import attrs
import pytest

from safesend.errors import ConfigurationError
from safesend.policies.providers import builtin
from safesend.preflight.profiles import (
    Met,
    Profile,
    Requirement,
    Standing,
    judged,
    known,
    profiles,
    standings,
)
from safesend.preflight.report import Finding, Grade
from safesend.preflight.titles import TITLES

PEOPLE = {
    "gmail": "gmail.com",
    "yahoo": "aol.com",
    "microsoft": "hotmail.com",
    "icloud": "icloud.com",
}
PAIRS = list(itertools.product(Grade, Grade))
REQUIREMENTS = [
    pytest.param(name, number, id=f"{name}-{number}")
    for name, profile in profiles().items()
    for number in range(len(profile.requirements))
]


def _found(check, grade):
    """A finding for "P7" or "P7:TLS"."""
    name, _, what = check.partition(":")
    reason = f"{name} is {grade}"
    return Finding(check=name, what=what or name, grade=grade, reason=reason)


def _needed(requirement):
    """One finding for each check, all passing."""
    return {check: _found(check, Grade.PASS) for check in requirement.checks}


def _judged(name, number, findings, people=1_000_000):
    standing = next(
        one
        for one in standings(tuple(findings), {PEOPLE[name]: people})
        if one.profile.name == name
    )
    return standing.requirements[number]


def test_the_four_are_known():
    """
    Each with a page for every requirement, and the checks that tell.
    """
    assert [*profiles()] == ["gmail", "yahoo", "microsoft", "icloud"]
    for name, profile in profiles().items():
        assert profile.provider in builtin().names
        assert builtin().of(PEOPLE[name]) == profile.provider
        assert profile.requirements
        for one in profile.requirements:
            assert one.source.startswith("https://")
            assert one.text.endswith(".")
            assert {check.partition(":")[0] for check in one.checks} <= TITLES.keys()


@pytest.mark.parametrize(("name", "number"), REQUIREMENTS)
def test_a_requirement_is_met_where_its_checks_pass(name, number):
    """
    And nothing else has to be known for that.
    """
    requirement = profiles()[name].requirements[number]
    met = _judged(name, number, _needed(requirement).values())
    assert met == Met(requirement=requirement, grade=Grade.PASS)


@pytest.mark.parametrize(("name", "number"), REQUIREMENTS)
def test_a_requirement_is_unknown_where_nothing_was_looked_at(name, number):
    """
    That is said, and is no failure.
    """
    met = _judged(name, number, ())
    assert (met.grade, met.findings) == (Grade.UNKNOWN, ())
    assert met.reason == "it was not looked at"


@pytest.mark.parametrize(("name", "number"), REQUIREMENTS)
@pytest.mark.parametrize("grade", [Grade.FAIL, Grade.UNKNOWN, Grade.WARN])
def test_each_check_of_a_requirement_counts(name, number, grade):
    """
    All of them, or for "one of" the best; a warning is good enough unless it says so.
    """
    requirement = profiles()[name].requirements[number]
    for check in requirement.checks:
        found = _needed(requirement)
        found[check] = _found(check, grade)
        met = _judged(name, number, found.values())
        if requirement.any_of or (
            grade is Grade.WARN and requirement.least is Grade.WARN
        ):
            assert met.grade is Grade.PASS
        else:
            assert met.grade is grade
            assert met.findings == (found[check],)
            assert met.reason == found[check].reason


def _stands(requirement, grades):
    """How a requirement of P1 and P2 stands, each at a grade."""
    profile = Profile(
        name="x", title="X", provider="x", bulk=None, requirements=(requirement,)
    )
    found = [_found(f"P{n}", grade) for n, grade in enumerate(grades, 1)]
    [met] = judged(profile, found, 1).requirements
    return met.grade


def _enough(grade, least):
    return Grade.PASS if grade in {Grade.PASS, least} else grade


@pytest.mark.parametrize("least", [Grade.PASS, Grade.WARN])
@pytest.mark.parametrize("grades", PAIRS)
def test_all_are_as_good_as_the_worst_and_one_of_them_as_the_best(grades, least):
    """
    SPF and DKIM, or SPF or DKIM; a warning may be good enough.
    """
    both = Requirement(text="So.", source="", checks=("P1", "P2"), least=least)
    either = attrs.evolve(both, any_of=True)
    known = [Grade.UNKNOWN if one is Grade.SKIPPED else one for one in grades]
    worst = min(known, key=[*Grade].index)
    best = max(known, key=[*Grade].index)
    assert _stands(both, grades) is _enough(worst, least)
    assert _stands(either, grades) is _enough(best, least)


def test_of_what_was_skipped_the_reason_is_told():
    """
    It is not seen, and no failure; beside what was looked at it counts for nothing.
    """
    requirement = Requirement(text="So.", source="", checks=("P6",))
    profile = Profile(
        name="x", title="X", provider="x", bulk=None, requirements=(requirement,)
    )
    skipped = _found("P6", Grade.SKIPPED)
    [met] = judged(profile, [skipped], 1).requirements
    assert (met.grade, met.reason) == (Grade.UNKNOWN, "P6 is skipped")
    assert met.findings == (skipped,)
    [met] = judged(profile, [skipped, _found("P6", Grade.PASS)], 1).requirements
    assert met.grade is Grade.PASS


LINK, PAGE = "P11:One-click link", "P11:Page of the link"
MAILBOX = "P11:Mailbox to leave by"


@pytest.mark.parametrize(
    ("found", "grades"),
    [
        ({LINK: "pass", PAGE: "pass"}, "pass pass pass pass"),
        ({LINK: "warn"}, "warn warn warn warn"),
        ({LINK: "warn", MAILBOX: "pass"}, "warn pass pass warn"),
        ({LINK: "warn", MAILBOX: "fail"}, "warn warn warn warn"),
        ({LINK: "fail"}, "fail fail fail fail"),
        ({LINK: "fail", PAGE: "pass"}, "fail fail pass fail"),
        ({LINK: "pass", PAGE: "fail"}, "fail pass pass fail"),
        ({"P11:Opening the link": "skipped"}, "unknown unknown unknown unknown"),
    ],
)
def test_who_is_content_with_which_way_to_leave(found, grades):
    """
    Yahoo and Microsoft take a mailbox; Gmail wants a click of bulk senders.
    """
    findings = tuple(_found(what, Grade(grade)) for what, grade in found.items())
    people = dict.fromkeys(PEOPLE.values(), 10_000)
    stands = [
        met.grade.value
        for one in standings(findings, people)
        for met in one.requirements
        if met.requirement.checks[0].startswith("P11")
    ]
    assert stands == grades.split()


def test_a_mailing_that_nobody_here_signs_is_worth_a_look():
    """
    The relay may sign: that is not known, and so is not met, nor missing.
    """
    found = [_found("P2", Grade.WARN)]
    [met] = [
        one
        for one in standings(tuple(found), {"aol.com": 1})[1].requirements
        if one.requirement.text == "DKIM is in order."
    ]
    assert met.grade is Grade.WARN


@pytest.mark.parametrize(("name", "number"), REQUIREMENTS)
@pytest.mark.parametrize("people", [0, 1, 5000, 5001])
def test_what_is_asked_of_bulk_only_warns_the_others(name, number, people):
    """
    Gmail and Microsoft count from 5,000 on; the others name no number.
    """
    profile = profiles()[name]
    requirement = profile.requirements[number]
    found = [_found(check, Grade.FAIL) for check in requirement.checks]
    met = _judged(name, number, found, people)
    spared = requirement.bulk and people <= 5000
    assert met.grade is (Grade.WARN if spared else Grade.FAIL)
    assert met.reason


def test_bulk_is_counted_over_all_domains_of_a_provider():
    """
    Hotmail, Live and Outlook.com are one.
    """
    recipients = {"hotmail.com": 3000, "live.com": 2001, "example.org": 9}
    by_name = {one.profile.name: one for one in standings((), recipients)}
    assert by_name["microsoft"].people == 5001
    assert by_name["microsoft"].bulk
    assert (by_name["gmail"].people, by_name["gmail"].bulk) == (0, False)
    assert not by_name["yahoo"].bulk


def test_whoever_names_no_number_calls_every_list_bulk():
    """
    One person is enough, for Yahoo.
    """
    by_name = {one.profile.name: one for one in standings((), {"aol.com": 1})}
    assert by_name["yahoo"].bulk


def test_a_standing_counts_what_is_met_and_has_the_worst_grade():
    """
    As the summary tells it.
    """
    requirement = Requirement(text="So.", source="https://x", checks=("P1",))
    profile = Profile(
        name="x", title="X", provider="x", bulk=None, requirements=(requirement,) * 3
    )
    met = Met(requirement=requirement, grade=Grade.PASS)
    standing = Standing(
        profile=profile,
        people=1,
        requirements=(
            met,
            attrs.evolve(met, grade=Grade.WARN),
            attrs.evolve(met, grade=Grade.UNKNOWN),
        ),
    )
    assert (standing.met, standing.grade) == (1, Grade.UNKNOWN)


def test_a_profile_is_known_by_its_name():
    """
    Another name is refused, with those that there are.
    """
    assert known(["gmail", "icloud"]) == ("gmail", "icloud")
    with pytest.raises(ConfigurationError, match="'gmx'; there are gmail, yahoo"):
        known(["gmx"])
