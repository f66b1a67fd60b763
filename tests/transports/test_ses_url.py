"""The URL of Amazon SES."""

from __future__ import annotations

import pytest

from safesend.errors import ConfigurationError
from safesend.transports.ses_url import read_ses_url


def test_a_region_alone() -> None:
    """Everything else boto3 finds."""
    assert read_ses_url("ses://eu-west-1") == ("eu-west-1", {})
    assert read_ses_url("ses://eu-west-1/") == ("eu-west-1", {})


def test_all_options() -> None:
    """Each is a keyword of the class."""
    arn = "arn:aws:ses:eu-west-1:123456789012:identity/example.org"
    url = (
        "ses://eu-west-1?configuration_set=news&endpoint=http://127.0.0.1:5000"
        f"&from_arn={arn}&feedback_arn={arn}&profile=work&timeout=5.5"
    )
    assert read_ses_url(url)[1] == {
        "configuration_set": "news",
        "endpoint_url": "http://127.0.0.1:5000",
        "from_arn": arn,
        "feedback_arn": arn,
        "profile": "work",
        "timeout": 5.5,
    }


@pytest.mark.parametrize(
    "url",
    [
        "ses:eu-west-1",
        "ses://",
        "ses://key:secret@eu-west-1",
        "ses://eu-west-1:443",
        "ses://eu-west-1:x",
        "ses://eu-west-1/path",
        "ses://eu-west-1#x",
        "ses://[eu",
        "ses://eu-west-1?secret=hush",
        "ses://eu-west-1?profile=",
        "ses://eu-west-1?profile=a&profile=b",
        "ses://eu-west-1?timeout=soon",
    ],
)
def test_anything_else_is_refused(url: str) -> None:
    """The error repeats nothing that could be secret."""
    with pytest.raises(ConfigurationError) as caught:
        read_ses_url(url)
    assert "hush" not in str(caught.value)
    assert "key" not in str(caught.value)
