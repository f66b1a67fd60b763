import copy
import pickle
import unicodedata

import pytest
from email_validator import EmailSyntaxError, validate_email
from hypothesis import assume, example, given
from hypothesis import strategies as st

from safesend.errors import AddressError
from safesend.message import address as room
from safesend.message.address import Address, restored_address

PLAIN = [
    ("ada@example.org", "ada", "example.org"),
    ("Ada.Lovelace@Example.ORG", "Ada.Lovelace", "example.org"),
    ("a@b.co", "a", "b.co"),
    ("ada+tag@sub-domain.example.org", "ada+tag", "sub-domain.example.org"),
    ("ada@example.test", "ada", "example.test"),
    ("ada@example.invalid", "ada", "example.invalid"),
    ("ada@office.local", "ada", "office.local"),
    ("all-staff@example.org", "all-staff", "example.org"),
    ("user%relay@example.org", "user%relay", "example.org"),
    ("1@2.3d", "1", "2.3d"),
    ("a" * 64 + "@example.org", "a" * 64, "example.org"),
    ("a@" + "b" * 63 + ".org", "a", "b" * 63 + ".org"),
]

RARE = [
    ("ada@localhost", "ada", "localhost"),
    ("ada@LOCALHOST", "ada", "localhost"),
    ("ada@bücher.example", "ada", "xn--bcher-kva.example"),
    ("ada@BÜCHER.example", "ada", "xn--bcher-kva.example"),
    ("ada@bu\u0308cher.example", "ada", "xn--bcher-kva.example"),
    ("ada@xn--bcher-kva.example", "ada", "xn--bcher-kva.example"),
    ("ada@bücher.invalid", "ada", "xn--bcher-kva.invalid"),
    ("ada@straße.de", "ada", "xn--strae-oqa.de"),
    ("jörg@example.org", "jörg", "example.org"),
    ("jörg@bücher.example", "jörg", "xn--bcher-kva.example"),
    ("Info@bücher.example", "Info", "xn--bcher-kva.example"),
    ("用户@例子.example", "用户", "xn--fsqu00a.example"),
    ('"ada lovelace"@example.org', '"ada lovelace"', "example.org"),
    ('"ada..l"@example.org', '"ada..l"', "example.org"),
    ('"ada."@bücher.example', '"ada."', "xn--bcher-kva.example"),
]

REFUSED = [
    ("", "empty"),
    ("ada", "no @"),
    ("a", "no @"),
    ("@example.org", "before the @"),
    ("ada@", "after the @"),
    ("ada@example", "no dot"),
    ("ada@@example.org", "more than one @"),
    ("ada@example.org@example.com", "more than one @"),
    ("ada@example.org,bob@example.org", "list"),
    ("ada@example.org;bob@example.org", "list"),
    ("team: ada@example.org, bob@example.org;", "list"),
    ("undisclosed-recipients:;", "list"),
    ("team:ada@example.org", "groups"),
    ("@a.example,@b.example:ada@example.org", "list"),
    ("@a.example:ada@example.org", "groups"),
    ("<@a.example:ada@example.org>", "bare"),
    ("<ada@example.org>", "bare"),
    ("Ada <ada@example.org>", "bare"),
    ("alice@example.org]<bob@example.com>", "bare"),
    ("ada@example.org (bob@example.org)", "comment"),
    ("ada(bob)@example.org", "comment"),
    ("ada@[192.0.2.1]", "brackets"),
    ("ada@[IPv6:::1]", "brackets"),
    ("ada@192.0.2.1", "not valid"),
    (" ada@example.org", "space"),
    ("ada@example.org ", "space"),
    ("ada lovelace@example.org", "space"),
    ("ada@exam ple.org", "space"),
    ("ada@example.org\r\nRCPT TO:<bob@example.org>", "U\\+000D"),
    ("ada@example.org\n", "U\\+000A"),
    ("ada\x00@example.org", "U\\+0000"),
    ("ada\x7f@example.org", "U\\+007F"),
    ("ada\x85@example.org", "U\\+0085"),
    ("ada\u2028@example.org", "U\\+2028"),
    ("ada\u200b@example.org", "U\\+200B"),
    ("ada\u202e@example.org", "U\\+202E"),
    ("ada\ufeff@example.org", "U\\+FEFF"),
    ("ada\u00a0@example.org", "U\\+00A0"),
    ("ada\ud800@example.org", "U\\+D800"),
    ("ada@exa\u00admple.org", "U\\+00AD"),
    ("ada..l@example.org", "two periods"),
    (".ada@example.org", "start with"),
    ("ada.@example.org", "period"),
    ("ada@example.org.", "end with"),
    ("ada@.example.org", "IDNA"),
    ("ada@-example.org", "IDNA"),
    ("ada@exam_ple.org", "IDNA"),
    ("ada@ab--cd.org", "IDNA"),
    ("ada@xn--a.org", "IDNA"),
    ("ada@ｅxample.org", "IDNA"),
    ("ada@paypa\u217c.example", "IDNA"),
    ("ada@" + "b" * 64 + ".org", "IDNA"),
    ("a" * 65 + "@example.org", "64 octets"),
    ("ö" * 33 + "@example.org", "64 octets"),
    ("a@" + "b." * 130 + "org", "254 octets|IDNA"),
    ("a" * 60 + "@" + ("b" * 60 + ".") * 3 + "b" * 20 + ".org", "254 octets"),
    ("a@example.org" * 100, "254 octets"),
    ('"ada"@example.org', "two ways"),
    ('"bob@example.com"@example.org', "quotes"),
    ('"bob@example.com x"@example.org', "quotes"),
    ('"a,b"@example.org', "list"),
    ('"a\\"b"@example.org', "quotes"),
    ('""@example.org', "quotes"),
    ('ada"@example.org', "quotes"),
    ('"ada lovelace"@', "after the @"),
    ("=?utf-8?q?bob=40example.com?=@example.org", "encoded word"),
    ("ada＠example.org", "no @"),
    ("\u0301ada@example.org", "unsafe"),
]


@pytest.mark.parametrize(("text", "local", "domain"), PLAIN + RARE)
def test_one_mailbox_is_taken_as_it_is(text, local, domain):
    """
    The local part stays as it was written, the domain becomes A-labels.
    """
    address = Address.parse(text)

    assert (address.local, address.domain, address.name) == (local, domain, None)
    assert address.wire == f"{local}@{domain}"


@pytest.mark.parametrize(("text", "reason"), REFUSED)
def test_what_is_not_exactly_one_mailbox_is_refused(text, reason):
    """
    Lists, groups, routes, comments, controls and whatever is longer than allowed.
    """
    with pytest.raises(AddressError, match=f"(?i){reason}"):
        Address.parse(text)


@pytest.mark.parametrize("text", [text for text, _ in REFUSED if len(text) > 12])
def test_a_refusal_never_shows_the_address(text):
    """
    The message names the first character and at most the domain.
    """
    with pytest.raises(AddressError) as caught:
        Address.parse(text)

    message = str(caught.value)
    local = text.rpartition("@")[0]
    assert text not in message
    assert len(local) < 2 or f"{local}@" not in message
    assert "bob" not in message


@pytest.mark.parametrize("value", [None, b"ada@example.org", 7, ["ada@example.org"]])
def test_an_address_is_text(value):
    """
    Anything else is refused with its type, and without its value.
    """
    with pytest.raises(AddressError, match="one text") as caught:
        Address.parse(value)

    assert "ada" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ada@example.org", None),
        ("<ada@example.org>", None),
        ("Ada <ada@example.org>", "Ada"),
        ("Ada<ada@example.org>", "Ada"),
        ("J. R. Ada <ada@example.org>", "J. R. Ada"),
        ('"Ada, me" <ada@example.org>', "Ada, me"),
        ('"Ada: weekly (new)" <ada@example.org>', "Ada: weekly (new)"),
        (r'"Ada \"the\" Countess" <ada@example.org>', 'Ada "the" Countess'),
        ("Jürgen <ada@example.org>", "Jürgen"),
        ("می\u200cخواهم <ada@example.org>", "می\u200cخواهم"),
        ('"" <ada@example.org>', None),
    ],
)
def test_a_sender_may_have_a_name(text, name):
    """
    A display name is read, without its quotes, when it is asked for.
    """
    address = Address.parse(text, name_allowed=True)

    assert (address.name, address.wire) == (name, "ada@example.org")


@pytest.mark.parametrize(
    "text",
    [
        '"bob@example.com" <ada@example.org>',
        '"bob＠example.com" <ada@example.org>',
        "bob@example.com <ada@example.org>",
        "Ada, me <ada@example.org>",
        "Ada; me <ada@example.org>",
        "Ada: me <ada@example.org>",
        "Ada (me) <ada@example.org>",
        '"Ada <bob>" <ada@example.org>',
        "=?utf-8?q?Ada?= <ada@example.org>",
        '"=?utf-8?q?Ada?=" <ada@example.org>',
        "Ada\r\nBcc: bob <ada@example.org>",
        "Ada\tL <ada@example.org>",
        "Ada\u202e <ada@example.org>",
        "Ada\u2028 <ada@example.org>",
        '"Ada" "L" <ada@example.org>',
        "Ada <ada@example.org>, Bob <bob@example.com>",
        "team: Ada <ada@example.org>;",
        "Ada <ada@example.org> (bob)",
        "Ada <ada@example.org><bob@example.com>",
        "Ada <bob@example.com, ada@example.org>",
        "Ada <>",
        "Ada < ada@example.org>",
        "Ada ada@example.org",
    ],
)
def test_a_name_cannot_carry_another_address(text):
    """
    A name with an address, a separator, a control or an encoded word is refused.
    """
    with pytest.raises(AddressError) as caught:
        Address.parse(text, name_allowed=True)

    assert "bob" not in str(caught.value)


def test_a_name_is_refused_where_none_may_stand():
    """
    Recipients are bare addresses.
    """
    with pytest.raises(AddressError, match="bare address"):
        Address.parse("Ada <ada@example.org>")


def test_addresses_are_equal_when_a_server_would_take_them_as_one():
    """
    Case, Unicode form and the writing of the domain make no other mailbox.
    """
    ada = Address.parse("Ada@bücher.example")

    assert ada == Address.parse("ADA@xn--bcher-kva.example")
    assert Address.parse("J\u00f6rg@example.org") == Address.parse(
        "jo\u0308rg@example.org"
    )
    assert ada != Address.parse("ada@buecher.example")
    assert ada != "Ada@bücher.example"
    assert len({ada, Address.parse("ada@xn--bcher-kva.example")}) == 1


def test_an_address_prints_masked():
    """
    Neither str, nor repr, nor a format shows more than the first character.
    """
    address = Address.parse("ada.lovelace@example.org")

    assert f"{address}" == str(address) == "a…@example.org"
    assert repr(address) == "<Address a…@example.org>"


def test_what_needs_smtputf8_says_so():
    """
    Only a local part outside of ASCII does; a domain goes as A-labels.
    """
    assert Address.parse("jörg@example.org").needs_smtputf8
    assert not Address.parse("ada@bücher.example").needs_smtputf8


def test_a_domain_can_be_shown_as_it_is_read():
    """
    A-labels become U-labels again, others stay.
    """
    assert Address.parse("ada@xn--bcher-kva.example").unicode_domain == "bücher.example"
    assert Address.parse("ada@example.org").unicode_domain == "example.org"


def test_an_address_is_made_by_parsing_only():
    """
    The constructor points to parse, and nothing can be changed afterwards.
    """
    with pytest.raises(TypeError, match="parse"):
        Address("ada@example.org")
    with pytest.raises(AttributeError):
        Address.parse("ada@example.org").local = "bob"


def test_an_address_can_be_copied_and_pickled():
    """
    A worker process gets the same address.
    """
    address = Address.parse("Ada <Ada@example.org>", name_allowed=True)

    for again in copy.deepcopy(address), pickle.loads(pickle.dumps(address)):
        assert (again.wire, again.name) == (address.wire, address.name)


def test_an_address_is_restored_without_being_parsed():
    """
    The parts of an earlier address make an equal one.
    """
    address = Address.parse("jörg@bücher.example")

    assert restored_address(address.local, address.domain) == address


ATEXT = "abcXYZ019!#$%&'*+/=?^_`{|}~-."
texts = st.builds(
    "{}@{}".format,
    st.text(ATEXT, max_size=12) | st.text(max_size=6),
    st.text("abzAZ09-.", max_size=16)
    | st.from_regex(r"\A([a-z-]{1,5}\.){1,3}[a-z0-9]{1,3}\Z"),
)


@given(st.from_regex(room._plain.__self__, fullmatch=True))
@example("a@b.c1")
@example("a@b.1c")
@example("a@b.xn--c")
@example("a@b-.c")
@example("a@B.C")
def test_the_plain_path_takes_only_what_the_validator_takes(text):
    """
    What the regular expression accepts email-validator accepts, with the same parts.
    """
    found = room._plain(text)
    assume(found is not None and len(text) <= 254)
    domain = found[2].lower()
    stem, _, last = domain.rpartition(".")
    if last in {"invalid", "local", "onion", "arpa", "localhost"}:
        domain = f"{stem}.test"

    seen = validate_email(
        f"{found[1]}@{domain}", check_deliverability=False, test_environment=True
    )

    assert seen.ascii_domain == domain
    assert seen.local_part in {found[1], found[1].lower()}


@given(texts)
def test_both_paths_agree(text):
    """
    A plain address read the long way is the same address.
    """
    try:
        quick = Address.parse(text)
    except AddressError:
        with pytest.raises(AddressError):
            room._parse_rare(text, name_allowed=False)
        return

    slow = room._parse_rare(text, name_allowed=False)
    assert (slow.local, slow.domain) == (quick.local, quick.domain)


@given(st.text(max_size=40) | texts)
def test_parsing_is_parsing_again(text):
    """
    Whatever text comes, it is refused, or its wire form is the same single mailbox.
    """
    try:
        address = Address.parse(text)
    except AddressError:
        return

    again = Address.parse(address.wire)
    assert again == address
    assert (again.local, again.domain) == (address.local, address.domain)
    assert address.domain.isascii()
    assert unicodedata.normalize("NFC", address.normalised) == address.normalised
    assert len(address.wire.encode()) <= 254
    assert not any(c in address.wire for c in "\r\n\0,;:<>()[]\\")


@given(
    st.text(max_size=20),
    st.sampled_from(["{} <ada@example.org>", '"{}" <ada@example.org>']),
)
def test_no_name_brings_a_second_address(name, form):
    """
    Whatever stands in the name, the mailbox is the one in the brackets.
    """
    try:
        address = Address.parse(form.format(name), name_allowed=True)
    except AddressError:
        return

    assert address.wire == "ada@example.org"
    assert address.name is None or not set("@<>\r\n\0") & set(address.name)


@given(st.text(max_size=40))
def test_our_parser_takes_nothing_that_the_validator_refuses(text):
    """
    Outside of its list of names that are never delivered, email-validator agrees.
    """
    try:
        address = Address.parse(text)
    except AddressError:
        return

    refused = None
    try:
        validate_email(
            address.wire,
            allow_quoted_local=True,
            check_deliverability=False,
            test_environment=True,
        )
    except EmailSyntaxError as error:
        refused = str(error)
    assert refused is None or "special-use" in refused or "period" in refused
