from __future__ import annotations

import pytest

from safesend.testing import FakeClock
from safesend.testing.marking import checked, options_of


@pytest.mark.smtp_server(tls="starttls", size=1000)
class TestMarks:
    @pytest.mark.smtp_server(size=None, chunking=True)
    def test_the_nearest_mark_wins(self, request: pytest.FixtureRequest) -> None:
        """What it does not say, the mark of the class may."""
        assert options_of(request) == {
            "tls": "starttls",
            "size": None,
            "chunking": True,
        }


def test_without_marks_nothing_is_said(request: pytest.FixtureRequest) -> None:
    """The server is as it is by itself."""
    assert options_of(request) == {}


@pytest.mark.smtp_server("starttls")
def test_a_mark_takes_keywords_only(request: pytest.FixtureRequest) -> None:
    """It shows how."""
    with pytest.raises(pytest.fail.Exception, match='keywords only: tls="starttls"'):
        options_of(request)


@pytest.mark.smtp_server(usres={})
def test_a_misspelt_keyword_is_told(request: pytest.FixtureRequest) -> None:
    """With the one that may be meant, and all there are."""
    with pytest.raises(
        pytest.fail.Exception, match=r"mean 'users'\?\); there are auth_"
    ):
        options_of(request)


def test_what_the_server_knows_is_taken() -> None:
    """Its keywords, and no others."""
    clock = FakeClock()

    assert checked({"clock": clock}, "x") == {"clock": clock}
    with pytest.raises(pytest.fail.Exception, match="x does not know 'zzz'; there are"):
        checked({"zzz": 1}, "x")
