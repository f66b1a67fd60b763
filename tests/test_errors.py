"""What is raised says what to do, and shows nobody."""

import inspect

import pytest

from safesend import errors
from safesend.errors import (
    AddressError,
    AudienceError,
    CampaignPurged,
    Leak,
    Problem,
    SafesendError,
    TemplateError,
    TransportError,
    UnsafeMessage,
)


def test_everything_derives_from_one_root():
    """
    `except SafesendError` catches whatever safesend raises.
    """
    raised = [
        value
        for name in errors.__all__
        if inspect.isclass(value := getattr(errors, name))
        and issubclass(value, BaseException)
    ]
    assert len(raised) > 10
    assert all(issubclass(one, SafesendError) for one in raised)
    assert issubclass(AddressError, ValueError)


def test_the_tree_on_top_names_them_all():
    """
    The drawing in the module is the whole truth.
    """
    values = {"Leak", "Problem", "Severity"}
    for name in set(errors.__all__) - values:
        assert f" {name} " in errors.__doc__ or f"{name}\n" in errors.__doc__


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (Problem("list.csv", 7, "email", "no @"), "list.csv:7, column 'email': no @"),
        (Problem("list.csv", 7, "", "too short"), "list.csv:7: too short"),
        (Problem("list.csv", 0, "", "nobody is in it"), "list.csv: nobody is in it"),
    ],
)
def test_a_problem_names_its_place(problem, text):
    """
    File, line, column if there is one, reason.
    """
    assert str(problem) == text


def test_a_leak_names_row_place_reason_and_rule():
    """
    In the order in which a person looks.
    """
    leak = Leak("I2", "header To", "two mailboxes", "list.csv:3")
    assert str(leak) == "list.csv:3: header To: two mailboxes [I2]"
    assert str(Leak("I2", "header To", "two")) == "header To: two [I2]"
    assert "two mailboxes" in str(UnsafeMessage([leak]))


def test_a_long_list_of_problems_is_cut_and_counted():
    """
    Twenty are shown, all are counted.
    """
    problems = [Problem("l.csv", i, "", "bad") for i in range(30)]
    error = AudienceError(problems, 5000)
    assert "5000 problems" in str(error)
    assert "and 4980 more" in str(error)
    assert (len(error.problems), error.total) == (30, 5000)
    assert "has 1 problem;" in str(AudienceError(problems[:1]))


def test_what_came_of_a_bad_list_can_be_told():
    """
    Not every list is one to send to.
    """
    error = AudienceError([Problem("a.csv", 2, "", "x")], outcome="nothing was read")
    assert str(error) == "the list has 1 problem; nothing was read:\n  a.csv:2: x"


def test_a_template_error_names_part_and_line():
    """
    As far as they are known.
    """
    assert str(TemplateError("no such field", "text", 3)) == (
        "text, line 3: no such field"
    )
    assert str(TemplateError("no such field", "subject")) == "subject: no such field"
    assert str(TemplateError("no text and no html")) == "no text and no html"


def test_a_transport_error_keeps_its_facts():
    """
    Stage, code and whether to try again are fields, not prose.
    """
    error = TransportError("no", stage="auth", code=535, permanent=True)
    assert (error.stage, error.code, error.enhanced, error.permanent) == (
        "auth",
        535,
        None,
        True,
    )


def test_a_purged_campaign_has_its_day():
    """
    And says what to do.
    """
    error = CampaignPurged("spring", 1_800_000_000.0)
    assert (error.name, error.purged) == ("spring", 1_800_000_000.0)
    assert "'spring' was purged on 2027-01-15" in str(error)
    assert str(error).endswith("Give the mailing a new name")
