"""Every check by name: the one list that rehearsals, `inspect` and the manual use."""

from __future__ import annotations

from safesend.checks import (
    attached_mail,
    blind_copies,
    diverging_parts,
    header_lists,
    hidden_content,
    list_as_person,
    other_recipients,
    personal_files,
    placeholders_left,
    remote_content,
    replies_to_many,
    row_values,
    several_people,
    shared_list,
    speaking_tokens,
    trace_data,
    unreadable_files,
    verified_columns,
)
from safesend.checks.base import Check

__all__ = ["ALLOWABLE", "ALL_CHECKS"]

ALL_CHECKS: tuple[Check, ...] = (
    other_recipients.CHECK,
    several_people.CHECK,
    blind_copies.CHECK,
    list_as_person.CHECK,
    replies_to_many.CHECK,
    header_lists.CHECK,
    trace_data.CHECK,
    remote_content.CHECK,
    row_values.CHECK,
    verified_columns.CHECK,
    diverging_parts.CHECK,
    attached_mail.CHECK,
    shared_list.CHECK,
    unreadable_files.CHECK,
    personal_files.CHECK,
    hidden_content.CHECK,
    placeholders_left.CHECK,
    speaking_tokens.CHECK,
)
"""In the order of the manual."""

ALLOWABLE = frozenset(check.id for check in ALL_CHECKS if check.allowable)
"""The ids that `allow=` takes."""
