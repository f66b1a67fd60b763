import pytest

from safesend.checks.spellings import (
    foreign_keys,
    known_top,
    spellings,
    u_labels,
    variants,
)


@pytest.mark.parametrize(
    ("local", "domain", "found"),
    [
        ("ada", "example.org", ["ada@example.org"]),
        ("a", "b.org", ["a@b.org"]),
        (
            "ada",
            "mail.example.org",
            ["ada@mail.example.org", "ada@mail.example"],
        ),
        ("ada", "example.org.Next", ["ada@example.org", "ada@example.org.next"]),
        ("ada", "example.org.pdf", ["ada@example.org", "ada@example.org.pdf"]),
        ("ada", "example.berlin.pdf", ["ada@example.berlin", "ada@example.berlin.pdf"]),
        ("ada", "example.org\u30bb", ["ada@example.org", "ada@example.xn--org-gl4b"]),
        ("r=ada", "x.org", ["ada@x.org", "r=ada@x.org"]),
        ("o'brien", "x.org", ["o'brien@x.org", "brien@x.org"]),
        ("ada.", "x.org", ["ada@x.org"]),
        ("ada", "x.y", []),
        ("ada", "x", []),
        ("ada", "x.1", []),
        ("...", "x.org", []),
        ("a..b", "x.org", []),
        ("ada", "LOCALHOST", ["ada@localhost"]),
        ("ada", "2x.png", []),
        ("ada", "1.2.3.example.org", []),
        ("ada", "my_host.example.org", []),
        ("ada", "example.orgbob@", ["ada@example.org", "ada@example.orgbob"]),
        ("@example.orgbob", "x.org", ["bob@x.org", "example.orgbob@x.org"]),
        ("@example.org", "x.org", ["example.org@x.org"]),
    ],
)
def test_two_texts_round_an_at_sign_are_read(local, domain, found):
    """The likeliest reading first."""
    keys, disguise = spellings(local, domain)

    assert list(keys[: len(found)]) == found
    assert bool(keys) == bool(found)
    assert disguise == ""


def test_there_are_never_more_than_two_dozen():
    """The whole local part is among them, however it may be cut."""
    local = "a/" * 30 + "b"
    keys, _ = spellings(local, "a.b.example.org.uk.de.fr")

    assert len(keys) == 24
    assert f"{local}@a.b.example.org.uk.de.fr" in keys


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("ada@x.org", ["ada@x.org"]),
        ("ada+a+b@x.org", ["ada+a+b@x.org", "ada@x.org"]),
        ("+ada@x.org", ["+ada@x.org"]),
        ('"a+b"@x.org', ['"a+b"@x.org']),
        ("a.d+x@gmail.com", ["a.d+x@gmail.com", "a.d@gmail.com", "ad@gmail.com"]),
        ("ad@googlemail.com", ["ad@googlemail.com", "ad@gmail.com"]),
        ("ad@gmail.com", ["ad@gmail.com"]),
    ],
)
def test_a_key_has_variants(key, found):
    """Without the tag, and as Gmail reads it."""
    assert list(variants(key)) == found


@pytest.mark.parametrize(
    ("domain", "shown"),
    [
        ("example.org", "example.org"),
        ("xn--bcher-kva.example", "b\u00fccher.example"),
        ("XN--bcher-kva.example", "b\u00fccher.example"),
        ("xn--\u00fc.example", "xn--\u00fc.example"),
        ("xn--99999999999.example", "xn--99999999999.example"),
        ("xn--" + "a" * 80 + ".xn--bcher-kva", "xn--" + "a" * 80 + ".b\u00fccher"),
        ("a.xn--", "a."),
    ],
)
def test_a_labels_are_shown_as_u_labels(domain, shown):
    """Those that can be read."""
    assert u_labels(domain) == shown


def test_a_domain_that_idna_refuses_is_folded():
    """It is looked up by its likeness all the same."""
    assert list(foreign_keys("ada", "\u2603\u0301.\u0430b"))[-1].startswith("ada@")


def test_full_width_letters_are_read_as_plain_ones_first():
    """A reader sees ASCII."""
    assert next(foreign_keys("\uff41da", "x.org")) == "ada@x.org"


def test_top_level_domains_are_known():
    """Those of countries and the usual ones."""
    assert known_top("org")
    assert known_top("de")
    assert not known_top("zz")
    assert not known_top("pdf")
