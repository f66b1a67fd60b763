"""What the drop-in raises: of both worlds, and with what to do in its text."""

from __future__ import annotations

import pickle
import smtplib

import pytest

from safesend.errors import Leak, SafesendError, UnsafeMessage
from safesend.smtplib import SMTPInDoubt, SMTPUnsafeMessage

LEAK = Leak("I3", "text, line 1", "holds the address of another recipient")


def test_an_unsafe_message_is_an_error_of_both_kinds() -> None:
    """Old code catches it as SMTPException, new code as UnsafeMessage."""
    error = SMTPUnsafeMessage([LEAK])
    assert isinstance(error, smtplib.SMTPException | OSError)
    assert isinstance(error, UnsafeMessage | SafesendError)
    assert error.leaks == (LEAK,)
    assert "text, line 1" in str(error)
    assert "nothing was sent" in str(error)


def test_a_doubt_is_a_lost_connection_that_knows_more() -> None:
    """Whoever waits for SMTPServerDisconnected gets it."""
    told = {"ada@example.org": (-1, b"in doubt")}
    with pytest.raises(smtplib.SMTPServerDisconnected) as lost:
        raise SMTPInDoubt("Connection unexpectedly closed", told)
    assert lost.value.recipients == told
    assert SMTPInDoubt("x").recipients == {}
    assert str(pickle.loads(pickle.dumps(SMTPInDoubt("x")))) == "x"
