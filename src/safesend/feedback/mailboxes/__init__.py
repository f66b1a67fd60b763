"""Where bounces are: Maildirs, mboxes, files, a pipe, and mailboxes on a server.

with closing(open_mailbox("Maildir")) as mailbox:
    mails = MailRound([mailbox])
    mails.file(book(ledger, mails))
"""

from safesend.feedback.mailboxes.base import Mail, Mailbox
from safesend.feedback.mailboxes.opening import is_remote, open_mailbox
from safesend.feedback.mailboxes.round import MailRound

__all__ = ["Mail", "MailRound", "Mailbox", "is_remote", "open_mailbox"]
