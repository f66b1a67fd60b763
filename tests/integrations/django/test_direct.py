"""integrations/django/direct.py: a backend that was made by hand."""

from __future__ import annotations

import warnings

import django
import pytest
from django.core import mail

from safesend.integrations.django import EmailBackend
from safesend.integrations.django.direct import MAILERS


def test_django_warns_of_the_users_line_and_of_no_other():
    """As its own backend does from 6.1 on; before, nobody is warned."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        EmailBackend()
    if django.VERSION < MAILERS:
        assert caught == []
        return
    [warning] = caught
    assert warning.filename == __file__
    assert "Directly creating EmailBackend" in str(warning.message)


@pytest.mark.skipif(django.VERSION < MAILERS, reason="new in Django 6.1")
def test_django_itself_may_make_one():
    """By `mailers` nothing is said."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert isinstance(mail.mailers.default, EmailBackend)
