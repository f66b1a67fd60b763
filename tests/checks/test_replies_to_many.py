import pytest

from checks.worlds import SENDER, World, header, person, text
from safesend.checks.replies_to_many import CHECK
from safesend.errors import Severity

WORLD = World.of(person("ada@example.net"), person("bob@example.net"))

LEAKS = {
    "Reply-To of a list": header("Reply-To", "all@club.example.org"),
    "Reply-To of a group": header("Reply-To", "choir@googlegroups.com"),
    "Reply-To at a host of lists": header("Reply-To", "choir@lists.example.org"),
    "Reply-To of two": header("Reply-To", f"{SENDER}, office@club.example.org"),
    "Reply-To of another recipient": header("Reply-To", "bob@example.net"),
    "From of another recipient": header("From", "Bob <bob@example.net>"),
    "From of a list": header("From", "everyone@club.example.org"),
    "Sender of a list": header("Sender", "members@club.example.org"),
    "Errors-To of another": header("Errors-To", "bob@example.net"),
    "Mail-Followup-To of a list": header("Mail-Followup-To", "list@example.org"),
    "List-Post of a list": header("List-Post", "<mailto:choir-list@example.org>"),
    "a receipt": header("Disposition-Notification-To", SENDER),
    "a delivery receipt": header("Return-Receipt-To", SENDER),
    "another receipt": header("X-Confirm-Reading-To", SENDER),
}
CLEAN = {
    "newsletter": header("From", "Club <newsletter@club.example.org>"),
    "news": header("Reply-To", "news@club.example.org"),
    "info": header("Reply-To", "info@club.example.org"),
    "noreply": header("From", "noreply@lists.club.example.org"),
    "the manager of a list": header("Errors-To", "choir-bounces@lists.example.org"),
    "announcements": header("From", "announce@club.example.org"),
    "a team": header("Reply-To", "team@club.example.org"),
    "no posts": header("List-Post", "NO"),
    "empty receipt": header("Disposition-Notification-To", " "),
    "unsubscribe": header("List-Unsubscribe", "<mailto:choir-list@example.org>"),
    "raw and decoded": header(
        "Reply-To", '"news@club.example.org" <news@club.example.org>'
    ),
    "text": text("all@club.example.org"),
}


@pytest.mark.parametrize("field", LEAKS.values(), ids=LEAKS)
def test_answers_to_many_or_to_another_are_refused(field):
    """The place is the field; no address is shown."""
    [leak] = WORLD.examine(CHECK, field, row=0)
    assert (leak.check, leak.severity) == ("L08", Severity.REFUSE)
    assert leak.place == field.unit
    assert "@" not in str(leak)


@pytest.mark.parametrize("field", CLEAN.values(), ids=CLEAN)
def test_usual_senders_pass(field):
    """The names that newsletters have, and the managers of lists."""
    assert WORLD.examine(CHECK, field, row=0) == []


def test_a_sender_at_a_host_of_lists_is_reported():
    """Services send newsletters from such hosts."""
    [leak] = WORLD.examine(CHECK, header("From", "news@lists.club.example.org"))
    assert leak.severity is Severity.WARN
    assert CHECK.allowable
