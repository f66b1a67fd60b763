import pytest

from checks.worlds import (
    World,
    filed,
    header,
    html,
    link,
    markup,
    named,
    person,
    property_of,
    text,
)
from safesend.checks.placeholders_left import CHECK
from safesend.errors import Severity

WORLD = World.of(person("ada@example.net"))

LEAKS = {
    "subject": header("Subject", "News for *|FNAME|*"),
    "decoded subject": header("Subject", "News for {{ name }}", place="decoded"),
    "text": text("Dear %%First_Name%%,"),
    "html": html("Dear [[firstname]],"),
    "alt text": markup("Photo of {{ name }}"),
    "link": link("https://example.org/?t=%7B%7Btoken%7D%7D"),
    "file name": named("bill-{{ number }}.pdf"),
    "nobody": text("Dear None,"),
    "nobody in html": html("Hallo null!"),
    "nobody in the subject": header("Subject", "Hi undefined, news for you"),
    "nobody in a whole text": text("\r\nDear nan,\r\n\r\nhello"),
}
WARNINGS = {
    "an empty name": text("Dear ,"),
    "an empty name in html": html("Hello ,"),
    "an attached text": filed("Dear {{ name }}", name="form.txt"),
}
CLEAN = {
    "greeting": text("Dear Ada,"),
    "css": markup("@media screen{.a{color:red}}", "style"),
    "script": markup("`${name}` {{ x }}", "script"),
    "properties": property_of("{{ title }}"),
    "link": link("https://example.org/?q=%7Ba%7D&x=100%25"),
    "unsubscribe": header("List-Unsubscribe", "<https://x.org/u/1>, <mailto:u@x.org>"),
    "prices": text("100% of $5 {net} [1] @handle pkg@1.2.3"),
    "attached letter": filed("Dear None,", name="story.txt"),
}


@pytest.mark.parametrize("piece", LEAKS.values(), ids=LEAKS)
def test_what_was_not_filled_in_is_refused(piece):
    """In whatever a reader sees of the message itself."""
    [leak] = WORLD.examine(CHECK, piece, row=0)
    assert (leak.check, leak.severity) == ("L37", Severity.REFUSE)
    assert leak.place == piece.where().removesuffix(", decoded")


@pytest.mark.parametrize("piece", WARNINGS.values(), ids=WARNINGS)
def test_empty_names_and_attached_templates_are_reported(piece):
    """They may be meant."""
    [leak] = WORLD.examine(CHECK, piece, row=0)
    assert leak.severity is Severity.WARN


@pytest.mark.parametrize("piece", CLEAN.values(), ids=CLEAN)
def test_finished_texts_pass(piece):
    """Scripts and styles are full of braces."""
    assert WORLD.examine(CHECK, piece, row=0) == []


def test_the_same_form_is_said_once_for_a_unit():
    """However often it stands there."""
    pieces = [text("{{ a }}", line=1), text("{{ b }}", line=2), html("{{ a }}")]
    assert [leak.place for leak in WORLD.examine(CHECK, *pieces)] == [
        "text, line 1",
        "html",
    ]


def test_what_all_messages_share_has_blanks_for_names():
    """A greeting is looked at in a finished message."""
    assert WORLD.examine(CHECK, text("Dear ,")) == []
    assert CHECK.allowable
