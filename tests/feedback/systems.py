"""Bounces of a mailbox that does not exist, as mail systems write them."""

from __future__ import annotations

from feedback.mails import ADA, LETTER, block, mail, report

__all__ = ["PLAIN", "REPORTS"]

_POSTFIX = report(
    block(
        Final_Recipient=f"rfc822; {ADA}",
        Original_Recipient=f"rfc822;{ADA}",
        Action="failed",
        Status="5.1.1",
        Remote_MTA="dns; mx.example.org",
        Diagnostic_Code=f"smtp; 550 5.1.1 <{ADA}>: Recipient address rejected:"
        "\n    User unknown in local recipient table",
    ),
    first=block(
        Reporting_MTA="dns; relay.example.com",
        X_Postfix_Queue_ID="4F2B1A23C4",
        X_Postfix_Sender="rfc822; bounces@news.example.com",
        Arrival_Date="Fri, 15 Jan 2027 07:59:00 +0000 (UTC)",
    ),
    words=f"<{ADA}>: host mx.example.org[192.0.2.1] said: 550 5.1.1 unknown",
    returned="text/rfc822-headers",
    Auto_Submitted="auto-replied",
)
_POSTFIX_LOCAL = report(
    block(
        Final_Recipient=f"rfc822; {ADA}",
        Original_Recipient=f"rfc822;{ADA}",
        Action="failed",
        Status="5.1.1",
        Diagnostic_Code='X-Postfix; unknown user: "ada"',
    ),
)
_EXIM = report(
    block(
        Action="failed",
        Final_Recipient=f"rfc822;{ADA}",
        Status="5.0.0",
        Remote_MTA="dns; mx.example.org",
        Diagnostic_Code="smtp; 550 5.1.1 no such person lives here",
    ),
    content_type='multipart/report; report-type=delivery-status; boundary="=_sep"',
    Auto_Submitted="auto-replied",
    X_Failed_Recipients=ADA,
    Subject="Mail delivery failed: returning message to sender",
)
_SENDMAIL = report(
    block(
        Original_Recipient=f"rfc822;{ADA}",
        Final_Recipient=f"RFC822; {ADA}",
        Action="failed",
        Status="5.1.1",
        Remote_MTA="DNS; mx.example.org",
        Diagnostic_Code=f"SMTP; 550 5.1.1 <{ADA}>... User unknown",
        Last_Attempt_Date="Fri, 15 Jan 2027 07:59:30 GMT",
    ),
    words="   ----- Transcript of session follows -----",
    Auto_Submitted="auto-generated (failure)",
    Subject="Returned mail: see transcript for details",
)
_EXCHANGE = report(
    block(
        Final_Recipient=f"rfc822;{ADA}",
        Action="failed",
        Status="5.1.10",
        Diagnostic_Code="smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient"
        " not found by SMTP address lookup",
    ),
    first="Reporting-MTA: dns;DB1PR01MB0001.eurprd01.prod.example",
    From="postmaster@example.org",
    Subject="Undeliverable: Hello",
    X_Auto_Response_Suppress="All",
)
_GMAIL = report(
    block(
        Final_Recipient=f"rfc822; {ADA}",
        Action="failed",
        Status="5.1.1",
        Remote_MTA="dns; in.example. (192.0.2.9, the server for the domain.)",
        Diagnostic_Code="smtp; 550-5.1.1 The email account that you tried to reach does"
        "\n not exist. Please try\n 550-5.1.1 double-checking the address."
        "\n 550 5.1.1 NoSuchUser a1-20020a1b2c.1 - gsmtp",
        Last_Attempt_Date="Fri, 15 Jan 2027 08:00:00 -0000",
    ),
    From="Mail Delivery Subsystem <mailer-daemon@googlemail.example>",
    Subject="Delivery Status Notification (Failure)",
)
_YAHOO = report(
    block(
        Final_Recipient=f"rfc822; {ADA}",
        Action="failed",
        Status="5.0.0",
        Diagnostic_Code="smtp; 554 delivery error: dd This user doesn't have an"
        " example.org account [0] - mta1.example.org",
    ),
    From="MAILER-DAEMON@yahoo.example",
)
_OPENSMTPD = report(
    block(
        Final_Recipient=f"rfc822; {ADA}",
        Action="error",
        Status="5.1.1",
    ),
    Subject="Delivery status notification: error",
    From="Mailer Daemon <MAILER-DAEMON@mx.example.net>",
)
_COURIER = report(
    block(
        Final_Recipient=f"rfc822; {ADA}",
        Action="failed",
        Status="5.0.0",
        Remote_MTA="dns; mx.example.org [192.0.2.1]",
        Diagnostic_Code="smtp; 550 User unknown",
    ),
    first="Reporting-MTA: dns; courier.example.net\nArrival-Date: Fri, 15 Jan 2027",
    Subject="NOTICE: mail delivery status.",
)
_UTF8 = report(
    block(
        Original_Recipient=f"utf-8; {ADA}",
        Final_Recipient=r"utf-8; ad\x{61}@example.org",
        Action="failed",
        Status="5.1.1",
    ),
    status="message/global-delivery-status",
    returned="message/global-headers",
)
_WRAPPED = mail(
    "--out\nContent-Type: text/plain\n\nchecked by a gateway\n--out\n"
    + _POSTFIX.decode().replace("\r\n", "\n")
    + "\n--out--\n",
    "multipart/mixed; boundary=out",
)
_CALLED_A_TEXT = report(
    block(
        Final_Recipient=f"rfc822; {ADA}",
        Action="failed (no such user)",
        Status="5.1.1 (bad destination mailbox)",
    ),
    status="text/plain",
)

REPORTS = {
    name.removeprefix("_").lower(): octets
    for name, octets in globals().copy().items()
    if isinstance(octets, bytes)
}

_QMAIL = mail(
    f"""Hi. This is the qmail-send program at mx.example.net.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<{ADA}>:
192.0.2.1 does not like recipient.
Remote host said: 550 5.1.1 unknown user
Giving up on 192.0.2.1.

--- Below this line is a copy of the message.

{LETTER}""",
    Subject="failure notice",
    From="MAILER-DAEMON@mx.example.net",
)
_QMAIL_LOCAL = mail(
    f"""Hi. This is the qmail-send program at mx.example.net.
I'm afraid I wasn't able to deliver your message to the following addresses.

<{ADA}>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

{LETTER}""",
    Subject="failure notice",
    From="MAILER-DAEMON@mx.example.net",
)
_OLD_EXIM = mail(
    f"""This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  {ADA}
    SMTP error from remote mail server after RCPT TO:<{ADA}>:
    host mx.example.org [192.0.2.1]: 550 5.1.1 unknown user

------ This is a copy of the message, including all the headers. ------

{LETTER}""",
    X_Failed_Recipients=ADA,
    Auto_Submitted="auto-replied",
    Subject="Mail delivery failed: returning message to sender",
)
_OLD_YAHOO = mail(
    f"""Message from yahoo.com.
Unable to deliver message to the following address(es).

<{ADA}>:
554 5.1.1 This user doesn't have an account here

--- Original message follows.

{LETTER}""",
    From="MAILER-DAEMON@yahoo.com",
)

PLAIN = {
    "qmail": _QMAIL,
    "qmail_local": _QMAIL_LOCAL,
    "old_exim": _OLD_EXIM,
    "old_yahoo": _OLD_YAHOO,
}
