"""Events as Amazon SES documents them, with values of our own."""

from __future__ import annotations

import json

__all__ = ["BOUNCED", "KEY", "bounce", "complaint", "event", "notice", "wrapped"]

KEY = "0123456789abcdef" * 2
ADA = "ada@example.org"

BOUNCED = {
    "emailAddress": ADA,
    "action": "failed",
    "status": "5.1.1",
    "diagnosticCode": "smtp; 550 5.1.1 <ada@example.org>: no such user here",
}


def mail(key=KEY, to=ADA, **more):
    """The object about the message that every event has."""
    return {
        "timestamp": "2027-01-15T08:00:00.123Z",
        "messageId": "0102017f-aaaa-bbbb-000000",
        "source": "news@example.com",
        "sourceArn": "arn:aws:ses:eu-west-1:123456789012:identity/example.com",
        "sendingAccountId": "123456789012",
        "destination": [to],
        "headersTruncated": False,
        "headers": [{"name": "Subject", "value": "Hello"}],
        "commonHeaders": {"to": [to], "subject": "Hello"},
        "tags": {
            "ses:configuration-set": ["news"],
            "ses:operation": ["SendRawEmail"],
            **({} if key is None else {"safesend": [key]}),
        },
        **more,
    }


_MORE = {
    "Send": ("send", {}),
    "Delivery": (
        "delivery",
        {
            "timestamp": "2027-01-15T08:00:02Z",
            "processingTimeMillis": 1877,
            "recipients": [ADA],
            "smtpResponse": "250 2.6.0 Message received",
            "reportingMTA": "a8-53.smtp-out.amazonses.com",
        },
    ),
    "Reject": ("reject", {"reason": "Bad content"}),
    "Open": ("open", {"timestamp": "2027-01-15T09:00:00Z", "ipAddress": "192.0.2.1"}),
    "Click": ("click", {"timestamp": "2027-01-15T09:00:00Z", "link": "https://x/"}),
    "DeliveryDelay": (
        "deliveryDelay",
        {
            "timestamp": "2027-01-15T08:05:00Z",
            "delayType": "MailboxFull",
            "delayedRecipients": [{"emailAddress": ADA, "status": "4.2.2"}],
        },
    ),
    "Rendering Failure": ("failure", {"errorMessage": "x", "templateName": "y"}),
    "Subscription": ("subscription", {"contactList": "news"}),
}


def event(kind, key=KEY, to=ADA, **more):
    """An event of that type."""
    name, told = _MORE[kind]
    return {"eventType": kind, "mail": mail(key, to, **more), name: told}


def bounce(kind="Permanent", sub="General", key=KEY, to=ADA, people=None, **of_mail):
    """A bounce."""
    people = [{**BOUNCED, "emailAddress": to}] if people is None else people
    return {
        "eventType": "Bounce",
        "mail": mail(key, to, **of_mail),
        "bounce": {
            "bounceType": kind,
            "bounceSubType": sub,
            "bouncedRecipients": people,
            "timestamp": "2027-01-15T08:00:05Z",
            "feedbackId": "0102-1",
            "reportingMTA": "dsn; a8-70.smtp-out.amazonses.com",
        },
    }


def complaint(kind="abuse", sub=None, key=KEY, to=ADA):
    """A complaint."""
    told = {
        "complainedRecipients": [{"emailAddress": to}],
        "timestamp": "2027-01-16T08:00:00Z",
        "feedbackId": "0102-2",
        "complaintSubType": sub,
        "userAgent": "Example-Feedback/1.0",
        "arrivalDate": "2027-01-16T07:59:00Z",
    }
    if kind is not None:
        told["complaintFeedbackType"] = kind
    return {"eventType": "Complaint", "mail": mail(key, to), "complaint": told}


def notice(of):
    """The same as the older notifications have it."""
    return {"notificationType": of.pop("eventType"), **of}


def wrapped(of, by):
    """In the envelope of a topic, a queue, a bus, a function or the AWS CLI."""
    text = json.dumps(of)
    topic = {
        "Type": "Notification",
        "MessageId": "5f1d",
        "TopicArn": "arn:aws:sns:eu-west-1:123456789012:ses",
        "Message": text,
        "Timestamp": "2027-01-15T08:00:06Z",
        "SignatureVersion": "1",
    }
    queued = {"MessageId": "1", "ReceiptHandle": "x", "Body": json.dumps(topic)}
    return {
        "plain": of,
        "sns": topic,
        "sqs": queued,
        "sqs raw": {"MessageId": "1", "Body": text},
        "receive-message": {"Messages": [queued]},
        "eventbridge": {
            "version": "0",
            "detail-type": "Email Bounced",
            "source": "aws.ses",
            "detail": of,
        },
        "lambda of sns": {"Records": [{"EventSource": "aws:sns", "Sns": topic}]},
        "lambda of sqs": {"Records": [{"eventSource": "aws:sqs", "body": text}]},
        "log": {"events": [{"timestamp": 1, "message": text}]},
        "array": [of],
    }[by]
