"""Sending what a ledger holds, by as many processes as it takes.

A worker needs the ledger's place and its secrets; everything else is in the ledger.
Nothing here asks a terminal or prints.
"""

from safesend.fleet.pump import Pumped, apump, pump
from safesend.fleet.secrets import Pem, Secrets

__all__ = ["Pem", "Pumped", "Secrets", "apump", "pump"]
