"""What a look before sending is about."""

from safesend.preflight.question import Question


def test_two_domains_are_all_that_must_be_known():
    """
    That of From, and the one to which bounces go.
    """
    question = Question(sender="example.org", envelope="bounces.example.org")
    assert question.dkim == ()
    assert question.helo is None


def test_domains_have_one_spelling():
    """
    Capitals and the dot at the end are nothing.
    """
    question = Question(sender="Example.Org.", envelope="BOUNCES.example.org")
    assert question.sender == "example.org"
    assert question.envelope == "bounces.example.org"
