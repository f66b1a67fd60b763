"""The guard in pytest: when it watches, what it says, and what it leaves behind."""

from __future__ import annotations

import pytest

from testing.guard.runs import guarded, line_of

pytest_plugins = ("pytester",)

POST = """
    import smtplib

    class Post(smtplib.SMTP):
        def sendmail(self, *args):
            return {}

    def send(*people, to=None, text="Do come!"):
        named = ", ".join(people) if to is None else to
        message = f"From: choir@example.org\\nTo: {named}\\n\\n{text}\\n"
        Post().sendmail("choir@example.org", people, message)  # SENDS
        return message

    PEOPLE = ["ada@example.org", "bo@example.com"]
    """
AT = f"post.py:{line_of(POST, 'SENDS')}"


def test_without_being_asked_for_nothing_is_loaded(pytester: pytest.Pytester) -> None:
    """A run that does not use it has none of its modules, and no patch."""
    tests = """
        import smtplib
        import sys

        import post

        SEND = smtplib.SMTP.send

        def test_it():
            post.send(*post.PEOPLE)
            loaded = [m for m in sys.modules if m.startswith("safesend.testing.guard.")]
            assert loaded == ["safesend.testing.guard.hooks"]
            assert "attrs" not in sys.modules or "safesend.scanner" not in sys.modules
            assert not hasattr(SEND, "__wrapped__")
        """
    run = guarded(pytester, guard=False, post=POST, test_it=tests)
    assert run.failed == set(), run.output


def test_one_test_asks_for_it(pytester: pytest.Pytester) -> None:
    """The fixture watches the test that asks for it, and puts everything back."""
    tests = """
        import smtplib
        import sys
        import unittest

        import post
        import pytest

        BEFORE = (smtplib.SMTP.send, sys.meta_path[:])

        def test_leak(no_leaks):
            post.send(*post.PEOPLE)
            assert len(no_leaks.sent) == 1
            assert "example" not in repr(no_leaks.sent)

        def test_other():
            assert BEFORE == (smtplib.SMTP.send, sys.meta_path)
            assert "__init_subclass__" not in vars(smtplib.SMTP)
            assert not hasattr(post.Post.sendmail, "__wrapped__")
            post.send(*post.PEOPLE)

        def test_safe(no_leaks):
            for person in post.PEOPLE:
                post.send(person)

        def test_late(request):
            request.getfixturevalue("no_leaks")
            post.send(*post.PEOPLE)

        @pytest.mark.unguarded
        def test_unguarded(no_leaks):
            post.send(*post.PEOPLE)
            assert no_leaks.sent == []

        @pytest.mark.usefixtures("no_leaks")
        class TestCase(unittest.TestCase):
            def test_case(self):
                post.send(*post.PEOPLE)

            def test_case_fails(self):
                post.send(*post.PEOPLE)
                self.fail("for its own reason")

            def test_case_skips(self):
                post.send(*post.PEOPLE)
                self.skipTest("today")

            def test_case_safe(self):
                post.send(post.PEOPLE[0])
        """
    run = guarded(pytester, guard=False, post=POST, test_it=tests)
    leaking = {"test_leak", "test_late", "test_case", "test_case_fails"}
    assert run.failed == leaking, run.output
    for name in leaking - {"test_case_fails"}:
        assert run.tests[name].text.startswith(f"{AT} sends mail"), run.output
        assert run.tests[name].when == "call"
    own = run.tests["test_case_fails"]
    assert "for its own reason" in own.text
    assert own.beside.startswith(f"{AT} sends mail")
    assert run.tests["test_case_skips"].outcome == "skipped"


def test_the_ini_option_is_for_the_whole_run(pytester: pytest.Pytester) -> None:
    """Every test is watched, but those marked; the failure is in the test itself."""
    pytester.makeini("""
        [pytest]
        safesend_guard = true
        safesend_colleagues =
            office@example.org
            archive@example.org
        """)
    tests = """
        import post
        import pytest

        @pytest.fixture
        def invited():
            post.send(*post.PEOPLE)

        @pytest.fixture
        def goodbye():
            yield
            post.send(*post.PEOPLE)

        @pytest.fixture
        def broken():
            post.send(*post.PEOPLE)
            raise LookupError("own")

        def test_in_a_fixture(invited):
            pass

        def test_at_the_end(goodbye):
            post.send("ada@example.org")

        def test_broken_fixture(broken):
            pass

        def test_own_failure():
            post.send(*post.PEOPLE)
            raise LookupError("own")

        def test_skip():
            post.send(*post.PEOPLE)
            pytest.skip("today")

        @pytest.mark.xfail(strict=True)
        def test_expected():
            post.send(*post.PEOPLE)

        @pytest.mark.unguarded
        def test_unguarded():
            post.send(*post.PEOPLE)

        @pytest.mark.discloses("the two plan the concert together")
        def test_meant():
            post.send(*post.PEOPLE)

        @pytest.mark.discloses(reason="the two plan the concert together")
        def test_never_meant():
            post.send("ada@example.org", to="ada@example.org\\nBcc: bo@example.com")

        @pytest.mark.discloses
        def test_no_reason():
            pass

        def test_colleagues():
            post.send("ada@example.org", "office@example.org")
            post.send("archive@example.org", text="ada@example.org asked, bo@example.com too")
            post.send("bo@example.com", text="ask office@example.org")

        def test_people_between_colleagues():
            post.send("ada@example.org", "bo@example.com", "office@example.org")

        def test_three():
            for text in ("x", "ada@example.org"):
                for person in post.PEOPLE:
                    post.send(person, text=text)
            post.send(*post.PEOPLE)
        """  # noqa: E501 - a program of somebody else
    run = guarded(pytester, guard=False, post=POST, test_it=tests)
    tests_ = run.tests
    assert run.failed == {
        "test_in_a_fixture",
        "test_at_the_end",
        "test_broken_fixture",
        "test_own_failure",
        "test_never_meant",
        "test_no_reason",
        "test_people_between_colleagues",
        "test_three",
    }, run.output
    assert tests_["test_in_a_fixture"].when == "call"
    assert tests_["test_at_the_end"].when == "teardown"
    assert tests_["test_at_the_end"].text.startswith(f"{AT} sends mail")
    for name, phase in (("test_broken_fixture", "setup"), ("test_own_failure", "call")):
        assert tests_[name].when == phase
        assert "LookupError" in tests_[name].text
        assert "2 people see one another" in tests_[name].beside
    assert tests_["test_skip"].outcome == "skipped"
    assert tests_["test_expected"].outcome == "skipped"
    assert "[L02]" in tests_["test_never_meant"].text
    assert "needs a reason" in tests_["test_no_reason"].text
    assert "2 people see one another" in tests_["test_people_between_colleagues"].text
    three = tests_["test_three"].text
    assert three.count(f"{AT}, in send") == 2
    assert "[I3]" in three
    assert "[L01]" in three


def test_the_command_line_has_the_last_word(pytester: pytest.Pytester) -> None:
    """Both options win over the configuration file; the fixture is not concerned."""
    pytester.makeini("[pytest]\nsafesend_guard = true\n")
    tests = """
        import post

        def test_leak():
            post.send(*post.PEOPLE)

        def test_asking(no_leaks):
            post.send(*post.PEOPLE)
        """
    files = {"post": POST, "test_it": tests}
    run = guarded(pytester, "--no-safesend-guard", guard=False, **files)
    assert run.failed == {"test_asking"}, run.output


def test_hidden_copies_are_a_warning(pytester: pytest.Pytester) -> None:
    """One message for several people that shows nobody warns at the line itself."""
    tests = """
        import post
        import pytest

        def test_blind():
            post.send(*post.PEOPLE, to="choir@example.org")

        def test_somewhere_else():
            import threading

            sender = post.Post().sendmail
            arguments = ("choir@example.org", post.PEOPLE, "To: choir@example.org\\n\\nx")
            thread = threading.Thread(target=sender, args=arguments)
            thread.start()
            thread.join()

        @pytest.mark.discloses("a test of blind copies")
        def test_meant():
            post.send(*post.PEOPLE, to="choir@example.org")
        """  # noqa: E501 - a program of somebody else
    run = guarded(pytester, post=POST, test_it=tests)
    assert run.failed == set()
    assert f"{AT}: SharedMessageWarning: one message goes to 2 people" in run.output
    assert "test_it.py:1: SharedMessageWarning" in run.output
    pytester.path.joinpath("told.jsonl").unlink()
    run = guarded(pytester, "-W", "error", post=POST, test_it=tests)
    assert run.failed == {"test_blind", "test_somewhere_else"}, run.output
    told = run.tests["test_blind"].text
    assert told.startswith(f"{AT} sends mail")
    assert "the message: goes to 2 people as one message [L03]" in told
    told = run.tests["test_somewhere_else"].text
    assert told.startswith("somewhere in test_it.py::test_somewhere_else sends mail")


def test_it_runs_on_several_processes(pytester: pytest.Pytester) -> None:
    """With pytest-xdist each worker watches its own tests."""
    tests = """
        import post
        import pytest

        @pytest.mark.parametrize("people", [1, 2, 1, 2])
        def test_it(people):
            post.send(*post.PEOPLE[:people])
        """
    run = guarded(pytester, "-n", "2", post=POST, test_it=tests)
    assert len(run.failed) == 2, run.output
    for name in run.failed:
        assert f"{AT} sends mail" in run.tests[name].text


def test_a_colleague_is_an_address(pytester: pytest.Pytester) -> None:
    """What is mistyped is told before any test runs."""
    pytester.makeini("[pytest]\nsafesend_colleagues = office at example.org\n")
    run = guarded(pytester, guard=False)
    assert "safesend_colleagues: " in run.output
    assert run.tests == {}


def test_a_mailer_that_is_not_installed_is_no_matter(pytester: pytest.Pytester) -> None:
    """What cannot be imported is not there; an import that fails fails as ever."""
    tests = """
        import sys

        import pytest

        class Missing:
            def find_spec(self, name, path=None, target=None):
                if name.partition(".")[0] in {"django", "flask_mail", "botocore"}:
                    raise ModuleNotFoundError(f"No module named {name!r}")

        @pytest.fixture(autouse=True)
        def missing(monkeypatch):
            monkeypatch.setattr(sys, "meta_path", [sys.meta_path[0], Missing(), *sys.meta_path[1:]])

        @pytest.mark.parametrize("name", ["django", "flask_mail", "botocore.client"])
        def test_import(name):
            with pytest.raises(ModuleNotFoundError):
                __import__(name)

        def test_nothing_is_loaded():
            assert "aiosmtplib" not in sys.modules
            assert "safesend.checks" not in sys.modules
        """  # noqa: E501 - a program of somebody else
    run = guarded(pytester, test_it=tests)
    assert run.failed == set(), run.output


def test_a_wrong_word_for_the_option_is_told_once(pytester: pytest.Pytester) -> None:
    """And which option it is."""
    pytester.makeini("[pytest]\nsafesend_guard = maybe\n")
    run = guarded(pytester, guard=False, test_it="def test_it(): pass")
    assert run.output.count("safesend_guard: ") == 1
    assert "true or false" in run.output
