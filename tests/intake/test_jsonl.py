import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.errors import AudienceError
from safesend.intake import read_jsonl


def lines(*rows):
    return io.StringIO("".join(json.dumps(row) + "\n" for row in rows))


def reasons(audience):
    with pytest.raises(AudienceError) as caught:
        list(audience)
    return [(p.line, p.column, p.reason) for p in caught.value.problems]


def test_objects_become_recipients(tmp_path):
    """
    Values keep their types; lists and objects inside become read-only.
    """
    path = tmp_path / "members.jsonl"
    path.write_text(
        '\ufeff{"E-Mail": "ada@example.org", "Born": 1815,'
        ' "tags": [1, {"Keep Me": null}]}\n'
        "\n"
        '{"E-Mail": "bob@example.org", "ok": true, "x": 1.5}\r\n'
    )

    ada, bob = read_jsonl(path)

    assert dict(ada.fields) == {
        "e_mail": "ada@example.org",
        "born": 1815,
        "tags": (1, {"Keep Me": None}),
    }
    assert dict(bob.fields) == {"e_mail": "bob@example.org", "ok": True, "x": 1.5}
    assert (ada.source, bob.source) == (f"{path}:1", f"{path}:3")


def test_text_may_be_of_any_script():
    """
    Written as it is, in UTF-8, or escaped.
    """
    content = '{"email": "ada@example.org", "Größe": "姓\\u540d"}\n'.encode()

    [ada] = read_jsonl(io.BytesIO(content))

    assert ada.fields["größe"] == "姓名"


def test_settings_are_those_of_csv():
    """
    address, key, columns and skip_invalid mean the same.
    """
    rows = [
        {"To Whom": "ada@example.org", "Seat": 7, "n": 1},
        {"To Whom": "ada@example.org", "Seat": "8", "n": 2},
        {"To Whom": "ada@example.org", "Seat": True, "n": 3},
        {"To Whom": "ada@example.org", "Seat": 7, "n": 4},
        {"To Whom": "ada@example.org", "n": 5},
    ]
    audience = read_jsonl(
        lines(*rows), address="To Whom", key="Seat", columns=["n"], skip_invalid=True
    )

    assert [(r.key, dict(r.fields)) for r in audience] == [
        ("7", {"n": 1}),
        ("8", {"n": 2}),
    ]
    assert [(p.line, p.column) for p in audience.problems] == [
        (3, "Seat"),
        (4, "To Whom"),
        (5, "Seat"),
    ]


@pytest.mark.parametrize(
    ("line", "column", "reason"),
    [
        (b"{", "", "no JSON"),
        (b'{"email": "a@b.org" "n": 1}', "", "no JSON"),
        (b'["ada@example.org"]', "", "it is a list"),
        (b'"ada@example.org"', "", "a single value"),
        (b"null", "", "a single value"),
        (b'{"email": "ada@example.org", "email": "bob@example.org"}', "", "same key"),
        (b'{"email": "ada@example.org", "n": {"a": 1, "a": 2}}', "", "same key"),
        (b'{"email": "ada@example.org", "n": NaN}', "", "number"),
        (b'{"email": "ada@example.org", "n": ' + b"9" * 5_000 + b"}", "", "number"),
        (b'{"email": "ada@example.org", "n": ' + b"9" * 2_000 + b"}", "n", "4096 bits"),
        (b'{"email": "ada@example.org", "n": "\\ud800"}', "n", "no Unicode"),
        (b'{"email": "ada@example.org", "\\ud800": 1}', "", "no Unicode"),
        (b'{"email": "ada@example.org", "bob@example.org": 1}', "", "holds an address"),
        (b'{"email": "ada@example.org", "?": 1}', "", "no letter or digit"),
        (b'{"email": "ada@example.org", "A b": 1, "a-b": 2}', "a-b", "'a_b'"),
        (b'{"email": "ada@example.org", "n": "\xff"}', "", "save the file in UTF-8"),
        (
            b'{"email": "ada@example.org", "n": ' + b"[" * 30 + b"]" * 30 + b"}",
            "n",
            "deeper",
        ),
        (b'{"email": "ada@example.org", "n": ' + b"[" * 99_999, "", "deep"),
        (b'{"email": null}', "email", "missing"),
        (b'{"n": 1}', "email", "missing"),
        (b'{"email": ""}', "email", "empty"),
        (b'{"email": ["ada@example.org"]}', "email", "no text"),
        (b'{"email": "ada.example.org"}', "email", "no @"),
        (b'{"email": "Zoe@example.org"}', "email", "same mailbox as line 1"),
    ],
)
def test_a_line_that_cannot_be_used_is_told(line, column, reason):
    """
    With its line, its key if there is one, and no value of it.
    """
    content = b'{"email": "zoe@example.org"}\n' + line + b"\n"

    [(number, where, why)] = reasons(read_jsonl(io.BytesIO(content)))

    assert (number, where) == (2, column)
    assert reason in why
    assert not [name for name in ("ada", "bob", "zoe") if name in why.lower()]
    audience = read_jsonl(io.BytesIO(content), skip_invalid=True)
    assert [row.address.wire for row in audience] == ["zoe@example.org"]


def test_the_key_of_addresses_is_found_in_the_first_good_object():
    """
    A line that is no object does not decide.
    """
    audience = read_jsonl(
        io.BytesIO(b'[]\n{"mail": "ada@example.org"}\n'), skip_invalid=True
    )

    assert [row.address.wire for row in audience] == ["ada@example.org"]


def test_an_unknown_key_of_addresses_is_asked_for():
    """
    The error lists the keys as they stand there; two that look right are a question.
    """
    [(line, column, reason)] = reasons(read_jsonl(lines({"Who?": "a", "b": 1})))
    several = reasons(read_jsonl(lines({"mail": "a", "email": "b"})))

    assert (line, column) == (1, "")
    assert "no key looks" in reason
    assert "'Who?', 'b'" in reason
    assert "several keys look" in several[0][2]


@pytest.mark.parametrize("address", [None, "email"])
def test_a_file_of_nobody_is_an_error(address):
    """
    Empty, or blank lines only.
    """
    for content in "", "\n \n":
        with pytest.raises(AudienceError, match="nobody"):
            list(read_jsonl(io.StringIO(content), address=address))


def test_a_file_that_breaks_off_in_a_character_is_refused():
    """
    UTF-16 is read by its mark; skipping does not help where it cannot be decoded.
    """
    good = '{"email": "ada@example.org"}\n'.encode("utf-16")

    assert [r.address.wire for r in read_jsonl(io.BytesIO(good))] == ["ada@example.org"]
    audience = read_jsonl(io.BytesIO(good + b"x"), skip_invalid=True)
    assert "save the file in UTF-8" in reasons(audience)[-1][2]


def test_keys_that_never_repeat_are_not_all_kept(monkeypatch):
    """
    The names of keys are remembered up to a limit, and right beyond it.
    """
    monkeypatch.setattr("safesend.intake.jsonl._REMEMBERED", 2)
    rows = [{"email": f"n{n}@example.org", f"Key {n}": n} for n in range(5)]

    assert [list(row.fields) for row in read_jsonl(lines(*rows))] == [
        ["email", f"key_{n}"] for n in range(5)
    ]


@given(
    st.binary(max_size=50) | st.text('{}[]":,\\u0 1ea@.\n', max_size=40).map(str.encode)
)
def test_whatever_octets_come_they_are_rows_or_an_error(content):
    """
    Nothing but AudienceError is raised.
    """
    good = b'{"email": "ada@example.org"}\n'

    rows = list(read_jsonl(io.BytesIO(good + content), skip_invalid=True))
    assert rows[0].address.wire == "ada@example.org"
    try:
        strict = list(read_jsonl(io.BytesIO(good + content)))
    except AudienceError as error:
        assert error.total > 0  # noqa: PT017
    else:
        assert strict == rows
