import pytest

from safesend.checks.rewritten import backwards, bounced, rotated, spelt_out

CASES = [
    (spelt_out, "ada [at] example.org", "ada@example.org"),
    (spelt_out, "ada.l (AT) mail.example (dot) org", "ada.l@mail.example.org"),
    (spelt_out, "ada dot l {at} example dot org", "ada.l@example.org"),
    (spelt_out, "ADA DOT L AT EXAMPLE DOT ORG", "ADA.L@EXAMPLE.ORG"),
    (spelt_out, "ada_at_example.org", "ada@example.org"),
    (spelt_out, "ada-at-example-dot-org", "ada@example.org"),
    (spelt_out, "ada@example [punkt] org", "ada@example.org"),
    (spelt_out, "ada[@]example.org", "ada@example.org"),
    (backwards, "gro.elpmaxe@ada", "ada@example.org"),
    (backwards, "(gro.elpmaxe@ecalevol.ada)", "ada.lovelace@example.org"),
    (rotated, "nqn@rknzcyr.bet", "ada@example.org"),
    (bounced, "bounces+ada=example.org@lists.example", "ada@example.org"),
    (bounced, "bounce-17-ada=example.org@lists.example", "ada@example.org"),
    (bounced, "b1f2e3d4c5-ada=example.org@lists.example", "ada@example.org"),
    (bounced, "ada=example.org-17@lists.example", "ada@example.org-17"),
    (bounced, "ada%example.org@relay.example", "ada@example.org"),
    (bounced, "SRS0+HHH=TT=example.org=ada@relay.example", "ada@example.org"),
    (bounced, "ada_l_example.org#EXT#@t.example.com", "ada_l@example.org"),
]


@pytest.mark.parametrize(("undo", "text", "plain"), CASES)
def test_a_rewritten_address_is_found(undo, text, plain):
    """As people and mailers rewrite it."""
    assert plain in [found for found, _ in undo(f"to {text} now")]


@pytest.mark.parametrize("undo", [spelt_out, backwards, rotated, bounced])
@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada@example.org",
        "we meet at example.org",
        "arrive (at) noon",
        "[at] example.org",
        "(at)example.org",
        "@gro.elpmaxe",
        "gro@elpmaxe",
        "me.ada@example.org",
        "gro.elpmaxe@",
        "#EXT#@",
        "a=b@example.org",
        "=example.org@lists.example",
        "@rknzcyr.bet",
    ],
)
def test_ordinary_text_is_not_rewritten(undo, text):
    """Nor is an address that stands as it is."""
    assert list(undo(text)) == []
