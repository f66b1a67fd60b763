"""Send the same mail to many people so that nobody can ever see anybody else."""

from safesend.campaign import Campaign
from safesend.engine.report import Rehearsal, Report
from safesend.intake import read_csv, read_jsonl
from safesend.message.address import Address
from safesend.message.attachment import Attachment
from safesend.message.envelope import Envelope
from safesend.message.recipient import Recipient
from safesend.message.template import Template

__all__ = [
    "Address",
    "Attachment",
    "Campaign",
    "Envelope",
    "Recipient",
    "Rehearsal",
    "Report",
    "Template",
    "read_csv",
    "read_jsonl",
]
