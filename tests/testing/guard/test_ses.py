"""What Amazon SES is asked to send, in both versions of its API."""

from __future__ import annotations

import pytest

from testing.guard.runs import guarded, line_of

pytest_plugins = ("pytester",)

CLOUD = """
    import boto3

    PEOPLE = ["ada@example.org", "bo@example.com", "chen@example.net"]

    def client(version):
        return boto3.client(
            version, region_name="eu-west-1",
            aws_access_key_id="x", aws_secret_access_key="x",
        )

    def v1(ses, people, **lists):
        ses.send_email(  # V1
            Source="shop@example.org",
            Destination={"ToAddresses": people, **lists},
            Message={
                "Subject": {"Data": "Notice"},
                "Body": {"Text": {"Data": "Closed."}, "Html": {"Data": "<p>Closed.</p>"}},
            },
        )

    def v1_raw(ses, to, extra=""):
        text = f"From: shop@example.org\\r\\nTo: {to}\\r\\n{extra}\\r\\nClosed.\\r\\n"
        ses.send_raw_email(RawMessage={"Data": text.encode()})  # RAW

    def v2(ses, people, text="Closed."):
        ses.send_email(  # V2
            FromEmailAddress="shop@example.org",
            Destination={"ToAddresses": people},
            Content={
                "Simple": {
                    "Subject": {"Data": "Notice"},
                    "Body": {"Text": {"Data": text}},
                }
            },
        )
    """  # noqa: E501 - a program of somebody else
TESTS = """
    import cloud
    import pytest
    from botocore.stub import ANY, Stubber
    from moto import mock_aws


    @pytest.fixture(scope="module")
    def aws():
        with mock_aws():
            yield

    @pytest.fixture(scope="module")
    def ses(aws):
        client = cloud.client("ses")
        client.verify_email_identity(EmailAddress="shop@example.org")
        return client

    @pytest.fixture(scope="module")
    def sesv2(aws):
        client = cloud.client("sesv2")
        client.create_email_identity(EmailIdentity="shop@example.org")
        return client

    def test_v1(ses):
        cloud.v1(ses, cloud.PEOPLE)

    def test_v1_copies(ses):
        cloud.v1(ses, cloud.PEOPLE[:1], CcAddresses=cloud.PEOPLE[1:])

    def test_v1_raw(ses):
        cloud.v1_raw(ses, "ada@example.org", "Bcc: bo@example.com\\r\\n")

    def test_v2(sesv2):
        cloud.v2(sesv2, cloud.PEOPLE)

    def test_v2_text(sesv2):
        for person in cloud.PEOPLE:
            cloud.v2(sesv2, [person], "Also invited: bo@example.com")

    def test_stub():
        client = cloud.client("sesv2")
        with Stubber(client) as stub:
            stub.add_response("send_email", {"MessageId": "x"}, None)
            cloud.v2(client, cloud.PEOPLE)

    def test_safe(ses, sesv2):
        for person in cloud.PEOPLE:
            cloud.v1(ses, [person])
            cloud.v1_raw(ses, person)
            cloud.v2(sesv2, [person])
    """


def test_each_leak_fails_its_test_at_its_line(pytester: pytest.Pytester) -> None:
    """Whether moto or a stub answers, what was asked for is judged."""
    run = guarded(pytester, cloud=CLOUD, test_cloud=TESTS)
    expected = {
        "test_v1": ("V1", "ses, SendEmail", "[L01]"),
        "test_v1_copies": ("V1", "ses, SendEmail", "header Cc: 3 people"),
        "test_v1_raw": ("RAW", "ses, SendRawEmail", "[L02]"),
        "test_v2": ("V2", "sesv2, SendEmail", "[L01]"),
        "test_v2_text": ("V2", "sesv2, SendEmail", "[I3]"),
        "test_stub": ("V2", "sesv2, SendEmail", "[L01]"),
    }
    assert run.failed == set(expected), run.output
    for name, (mark, operation, said) in expected.items():
        told = run.tests[name].text
        assert told.startswith(f"cloud.py:{line_of(CLOUD, mark)} sends mail"), told
        assert f"through Amazon SES ({operation})" in told
        assert said in told
