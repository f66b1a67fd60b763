"""From DNS's answers to a plan: every rule of RFC 5321 section 5.1."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.delivery import Deferred, Refused, Stage
from safesend.policies.providers import Manners
from safesend.policies.replies import Meaning, Scope, judge
from safesend.transports.mx_plan import (
    Plan,
    in_order,
    lost_way,
    manners,
    no_address,
    plan_of,
    site_name,
    unknown_way,
)

HOSTS = st.sampled_from([f"mx{number}.test" for number in range(8)])
EXCHANGERS = st.lists(st.tuples(st.integers(0, 5), HOSTS), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("exchangers", "groups"),
    [
        ([(10, "a"), (20, "b")], (("a",), ("b",))),
        ([(20, "b"), (10, "A"), (20, "c")], (("a",), ("b", "c"))),
        ([(0, "a")], (("a",),)),
        ([(5, "a"), (9, "a")], (("a",),)),
        ([(0, ""), (10, "a")], (("a",),)),
        ([], (("end.test",),)),
    ],
)
def test_hosts_are_grouped_by_preference(exchangers, groups):
    """The lowest first; the root beside others is none; without any, the domain."""
    plan = plan_of("a.test", "end.test", exchangers)
    assert plan.groups == groups
    assert plan.outcome is None
    assert plan.implicit is (not exchangers)
    assert plan.hosts == tuple(host for group in groups for host in group)


@pytest.mark.parametrize(
    ("said", "code", "enhanced"),
    [
        ({"exchangers": [], "exists": False}, 550, "5.1.2"),
        ({"exchangers": [(0, "")]}, 556, "5.1.10"),
        ({"exchangers": [(10, "")]}, 556, "5.1.10"),
        ({"exchangers": [(10, "me.test")]}, 550, "5.4.6"),
        ({"exchangers": [(10, "ME.test"), (20, "b")]}, 550, "5.4.6"),
        ({"exchangers": [(10, "b"), (10, "me.test")]}, 550, "5.4.6"),
        ({"exchangers": [], "name": "me.test"}, 550, "5.4.6"),
    ],
)
def test_what_takes_no_mail_is_refused_for_good(said, code, enhanced):
    """And it is no sign of anything else than this domain."""
    options = {"name": "a.test", **said}
    plan = plan_of("a.test", **options, own=frozenset({"me.test"}))
    assert (plan.outcome.code, plan.outcome.enhanced) == (code, enhanced)
    verdict = judge(plan.outcome)
    assert verdict.meaning is Meaning.NEVER
    assert verdict.pause is None
    assert verdict.stop is None
    assert not verdict.suppress


def test_hosts_behind_ourselves_are_left_out():
    """They would send the mail to us, and we to them."""
    plan = plan_of(
        "a.test",
        "a.test",
        [(10, "a"), (20, "me.test"), (20, "b"), (30, "c")],
        own=frozenset({"me.test"}),
    )
    assert plan.groups == (("a",),)


@given(EXCHANGERS, st.integers())
def test_an_order_keeps_preferences_and_loses_nobody(exchangers, seed):
    """Whatever the chance, each host is there once, the preferred before the others."""
    plan = plan_of("a.test", "a.test", exchangers)
    order = in_order(plan.groups, random.Random(seed))
    best = {host: min(at for at, one in exchangers if one == host) for host in order}
    assert sorted(order) == sorted({host for _, host in exchangers})
    assert [best[host] for host in order] == sorted(best.values())


@given(EXCHANGERS, HOSTS)
def test_nobody_at_or_behind_our_own_preference_is_called(exchangers, own):
    """Wherever we stand in the list."""
    plan = plan_of("a.test", "a.test", exchangers, own=frozenset({own}))
    limit = min((at for at, host in exchangers if host == own), default=99)
    ahead = {host for at, host in exchangers if at < limit}
    assert set(plan.hosts) == ahead
    assert (plan.outcome is None) is bool(ahead)


@given(EXCHANGERS, st.randoms())
def test_the_order_of_records_means_nothing(exchangers, chance):
    """Nor do capital letters: DNS shuffles as it likes."""
    other = [(at, host.upper()) for at, host in exchangers]
    chance.shuffle(other)
    assert plan_of("a.test", "a.test", exchangers) == plan_of("a.test", "a.test", other)


def test_equals_take_turns():
    """Over many draws each of three stands first about as often."""
    chance = random.Random(7)
    firsts = [in_order([("a", "b", "c"), ("d",)], chance)[0] for _ in range(600)]
    assert all(150 < firsts.count(host) < 250 for host in "abc")


def test_nobody_finds_hosts_that_give_the_name_of_another_site():
    """A short one would be found in minutes, and another domain's mail with it."""
    assert len(site_name([("a",)], []).rpartition(":")[2]) * 4 == 128


def test_a_site_is_named_by_all_that_counts():
    """The same hosts in the same order with the same demands, and nothing else."""
    name = site_name([("b", "a"), ("c",)], ["none"])
    assert name == site_name([("a", "b"), ("c",)], ["none"])
    assert name.startswith("mx:a:")
    others = {
        site_name([("a",), ("b",), ("c",)], ["none"]),
        site_name([("a", "b", "c")], ["none"]),
        site_name([("a", "b"), ("c",)], ["named"]),
    }
    assert len(others | {name}) == 4


@pytest.mark.parametrize(
    ("outcome", "enhanced"), [(lost_way("x"), "4.4.1"), (unknown_way("x"), "4.4.3")]
)
def test_what_cannot_be_had_now_waits(outcome, enhanced):
    """The row goes again later; no route, lane or run is slowed for it."""
    assert outcome == Deferred(Stage.RCPT, 451, enhanced, "x")
    verdict = judge(outcome)
    assert verdict.meaning is Meaning.LATER
    assert verdict.scope is Scope.RECIPIENT


@pytest.mark.parametrize(("implicit", "enhanced"), [(True, "5.1.2"), (False, "5.4.4")])
def test_hosts_without_an_address_are_an_error(implicit, enhanced):
    """For good, as DNS answered."""
    outcome = no_address("a.test", implicit=implicit)
    assert isinstance(outcome, Refused)
    assert outcome.enhanced == enhanced
    assert judge(outcome).meaning is Meaning.NEVER


def test_a_plan_is_a_value():
    """Equal when it says the same."""
    assert Plan((("a",),)) == Plan((("a",),))


def test_the_name_of_a_site_tells_how_it_is_begun_with():
    """
    By its first host; what is no site is anybody's.
    """
    site = site_name([["b.l.google.com", "a.l.google.com"], ["mx.a.test"]], [])
    assert manners(site).connections == 5
    assert (
        manners(site_name([["mx.a.test"]], [])) == manners("mx:nowhere:") == Manners()
    )
