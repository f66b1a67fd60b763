"""The account of a mailing afterwards, for who has to answer for it.

    dossier = read_dossier("spring.safesend.db")
    Path("spring-report.html").write_text(dossier.to_html())

Everything in it is read from the ledger, and nobody's address is in it.
"""

from safesend.dossier.account import Dossier
from safesend.dossier.read import read_dossier

__all__ = ["Dossier", "read_dossier"]
