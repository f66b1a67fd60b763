"""A domain has one provider, and nobody is taken for another."""

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import safesend.policies.providers as module
from safesend.errors import ConfigurationError
from safesend.message.address import Address
from safesend.policies.providers import Manners, builtin

TABLE = tomllib.loads(Path(module.__file__).with_suffix(".toml").read_text("utf-8"))


@pytest.mark.parametrize(
    ("domain", "name"),
    [
        ("gmail.com", "google"),
        ("GoogleMail.com", "google"),
        ("yahoo.co.uk", "yahoo"),
        ("aol.com", "yahoo"),
        ("hotmail.fr", "microsoft"),
        ("web.de", "gmx"),
        ("me.com", "apple"),
        ("yahoo.co.jp", "yahoo.co.jp"),
        ("mail.gmail.com", "mail.gmail.com"),
        ("Council.Example", "council.example"),
        ("", ""),
    ],
)
def test_a_domain_has_a_provider_or_is_its_own(domain, name):
    """
    Whole domains are looked up, in any case; who is not known stands for himself.
    """
    assert builtin().of(domain) == name


@given(domain=st.text())
def test_any_text_has_a_provider(domain):
    """
    Nothing is refused; what is not in the table comes back in lower case.
    """
    name = builtin().of(domain)
    assert name == domain.lower() or name in builtin().names


@pytest.mark.parametrize(
    ("hosts", "name"),
    [
        (["aspmx.l.google.com", "alt1.aspmx.l.google.com"], "google"),
        (["ASPMX2.GoogleMail.com."], "google"),
        (["council-example.mail.protection.outlook.com"], "microsoft"),
        (["council-example.q-v1.mx.microsoft"], "microsoft"),
        (["google.com"], "google"),
        (["evilgoogle.com"], None),
        (["google.com.evil.example"], None),
        (["mx.council.example"], None),
        (["filter.example", "aspmx.l.google.com"], None),
        (["com"], None),
        ([""], None),
        (["."], None),
        ([], None),
    ],
)
def test_mx_hosts_are_known_by_their_last_labels(hosts, name):
    """
    Whole labels are compared, and the host that is tried first decides.
    """
    assert builtin().of_mx(hosts) == name


@given(hosts=st.lists(st.text(alphabet="aom.gleEVIL-"), max_size=3))
def test_any_hosts_may_be_asked_about(hosts):
    """
    A name of a host that is none has no provider.
    """
    assert builtin().of_mx(hosts) in {None, "google"}


def test_no_domain_has_two_providers():
    """
    Neither a domain nor the end of a host's name stands in the table twice.
    """
    for key in ("domains", "mx"):
        entries = [entry for one in TABLE.values() for entry in one.get(key, [])]
        assert len(entries) == len(set(entries))


@pytest.mark.parametrize("name", TABLE)
def test_the_table_is_well_formed(name):
    """
    Names without a dot; domains as an address has them; the first one leads.
    """
    assert re.fullmatch(r"[a-z0-9-]+", name)
    numbers = {"connections", "per_connection"}
    assert {"domains"} <= set(TABLE[name]) <= {"domains", "mx", *numbers}
    assert all(TABLE[name][one] > 0 for one in numbers & TABLE[name].keys())
    assert "mx" in TABLE[name] or not numbers & TABLE[name].keys()
    assert TABLE[name]["domains"]
    for domain in TABLE[name]["domains"]:
        assert Address.parse(f"a@{domain}").domain == domain
        assert builtin().of(domain) == name
    for ending in TABLE[name].get("mx", ()):
        assert re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", ending)
        assert builtin().of_mx([f"mx1.{ending}"]) == name


def test_the_table_is_read_once():
    """
    All campaigns of a process share it.
    """
    assert builtin() is builtin()
    assert builtin().names == tuple(TABLE)


def test_you_add_groups_of_your_own():
    """
    Their domains may be written as people write them.
    """
    added = {"council": ["Council.Example", "schools.example", "bücher.example"]}
    providers = builtin().extended(added)

    assert providers.of("council.example") == "council"
    assert providers.of("xn--bcher-kva.example") == "council"
    assert providers.of("gmail.com") == "google"
    assert providers.names == (*builtin().names, "council")
    assert builtin().of("council.example") == "council.example"


def test_your_word_counts_more_than_the_table():
    """
    A known domain may be moved, and a known provider be given more domains.
    """
    added = {"slow": ["web.de"], "google": ["firm.example"]}
    providers = builtin().extended(added)

    assert providers.of("web.de") == "slow"
    assert providers.of("gmx.de") == "gmx"
    assert providers.of("firm.example") == "google"
    assert providers.names.count("google") == 1


@pytest.mark.parametrize(
    ("added", "reason"),
    [
        ({"my council": ["council.example"]}, "'my council' is no name"),
        ({"council.example": ["council.example"]}, "without a dot"),
        ({"": ["council.example"]}, "is no name"),
        ({1: ["council.example"]}, "1 is no name"),
        ({"council": "council.example"}, "are a list of texts"),
        ({"council": None}, "are a list of texts"),
        ({"council": ["council"]}, "'council', which is no domain"),
        ({"council": ["*.example"]}, "is no domain"),
        ({"council": ["a.example, b.example"]}, "is no domain"),
        ({"council": [None]}, "None, which is no domain"),
        ({"a": ["x.example"], "b": ["X.example"]}, "'x.example' is given to"),
    ],
)
def test_what_cannot_be_a_group_is_refused(added, reason):
    """
    The error says which entry, and how it is written.
    """
    with pytest.raises(ConfigurationError, match=re.escape(reason)):
        builtin().extended(added)


@pytest.mark.parametrize("name", ["google", "council", "example.org"])
def test_a_name_that_rows_may_have_is_taken(name):
    """
    Of the table, of your own, or a domain without a provider.
    """
    builtin().extended({"council": ["council.example"]}).check_name(name)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("gogle", "'gogle' names no provider; did you mean 'google'?"),
        ("nobody", "'nobody' names no provider; it is in no table"),
        ("gmail.com", "gmail.com belongs to the provider 'google'; write that"),
    ],
)
def test_a_name_that_no_row_has_is_refused(name, reason):
    """
    A limit for it would be idle, and nobody would notice.
    """
    with pytest.raises(ConfigurationError, match=re.escape(reason)):
        builtin().check_name(name)


def test_an_address_among_your_domains_is_not_repeated_in_clear():
    """
    Somebody pastes an address where a domain belongs.
    """
    with pytest.raises(ConfigurationError, match="after the @") as caught:
        builtin().extended({"council": ["ada@council.example"]})
    assert "ada@" not in str(caught.value)


@given(
    added=st.dictionaries(
        st.text() | st.sampled_from(["council", "google"]),
        st.lists(st.text() | st.sampled_from(["a.example", "gmail.com"])),
        max_size=3,
    )
)
def test_whatever_is_added_it_is_taken_or_refused(added):
    """
    What is taken is found again; nothing else is raised.
    """
    try:
        providers = builtin().extended(added)
    except ConfigurationError:
        return
    for name, domains in added.items():
        assert name in providers.names
        assert {providers.of(Address.parse(f"a@{d}").domain) for d in domains} <= {name}


def test_every_domain_can_be_named():
    """Those of the table, and those that were added."""
    known = builtin().extended({"council": ["council.example"]}).domains

    assert known[0] == "gmail.com"
    assert known[-1] == "council.example"
    assert len(known) == len(set(known))


def test_servers_of_some_providers_are_begun_with_less():
    """
    Whose they are is told by their names, also where another's domain is hosted there.
    """
    table = builtin()
    assert table.manners("ASPMX.l.google.com.") == Manners(5, 50)
    assert table.manners("a-b.mail.protection.outlook.com") == Manners(5, 50)
    assert table.manners("mta5.am0.yahoodns.net") == Manners(10, 20)
    assert table.manners("mx01.mail.icloud.com") == Manners(10, 5)
    assert table.manners("smtp-in.orange.fr") == Manners(2)
    assert table.manners("mx.example.org") == table.manners("") == Manners()
    yours = table.extended({"google": ["council.example"]})
    assert yours.manners("aspmx.l.google.com") == Manners(5, 50)
