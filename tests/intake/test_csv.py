import csv
import io
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.errors import AudienceError, ConfigurationError
from safesend.intake import read_csv
from safesend.intake.csv import _explained


def write(tmp_path, content, name="members.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refusal(audience):
    with pytest.raises(AudienceError) as caught:
        list(audience)
    return caught.value


def reasons(audience):
    return [(p.line, p.column, p.reason) for p in refusal(audience).problems]


GOOD = "email,First name,2nd\nada@example.org,Ada,x\nbob@example.org,Bob,y\n"


def test_rows_become_recipients(tmp_path):
    """
    Every column is a field with an identifier's name, the address column too.
    """
    path = write(tmp_path, GOOD)

    ada, bob = read_csv(path)

    assert ada.address.wire == "ada@example.org"
    assert dict(ada.fields) == {
        "email": "ada@example.org",
        "first_name": "Ada",
        "_2nd": "x",
    }
    assert (bob.source, bob.key, bob.attachments) == (f"{path}:3", None, ())


def test_a_list_can_be_read_again_and_again(tmp_path):
    """
    Every pass starts anew, also while another is under way.
    """
    audience = read_csv(write(tmp_path, GOOD))

    assert list(audience) == list(audience)
    assert [a == b for a, b in zip(audience, audience, strict=True)] == [True, True]


def test_nothing_is_opened_before_it_is_walked(tmp_path):
    """
    read_csv is lazy; a file that cannot be read is told with its name.
    """
    audience = read_csv(tmp_path / "no.csv")

    assert "no.csv: " not in repr(audience)
    assert "cannot be read: No such file" in str(refusal(audience))


@pytest.mark.parametrize(
    "title",
    [
        "Email",
        " E-MAIL ",
        "e-mail address",
        "Mail",
        "Correo electrónico",
        "Adresse e-mail",
        "adresse",
    ],
)
def test_the_column_of_addresses_is_found(tmp_path, title):
    """
    By its usual names, in several languages, in any case.
    """
    [ada] = read_csv(write(tmp_path, f"name,{title}\nAda,ada@example.org\n"))

    assert ada.address.wire == "ada@example.org"


def test_a_column_for_mail_wins_over_one_that_may_be_a_street(tmp_path):
    """
    "address" is taken only when nothing better is there.
    """
    [ada] = read_csv(write(tmp_path, "address,email\nBaker Street 1,ada@example.org\n"))

    assert ada.fields["address"] == "Baker Street 1"


def test_an_unknown_column_of_addresses_is_asked_for(tmp_path):
    """
    The error lists the titles, as they stand there.
    """
    [(line, column, reason)] = reasons(read_csv(write(tmp_path, "Who,To where\na,b\n")))

    assert (line, column) == (1, "")
    assert "say address=" in reason
    assert "'Who', 'To where'" in reason


def test_two_columns_of_addresses_are_a_question(tmp_path):
    """
    Which one is meant is not guessed.
    """
    path = write(tmp_path, "email,mail\nada@example.org,bob@example.org\n")

    assert "several columns" in reasons(read_csv(path))[0][2]
    [ada] = read_csv(path, address="email")
    assert ada.address.wire == "ada@example.org"


def test_columns_are_named_by_title_or_identifier(tmp_path):
    """
    address=, key=, columns= take either.
    """
    path = write(tmp_path, "To Whom,Seat No,name\nada@example.org,7,Ada\n")

    for names in ("To Whom", "Seat No"), ("to_whom", "seat_no"):
        [ada] = read_csv(path, address=names[0], key=names[1], columns=[names[1]])
        assert ada.key == "7"
        assert dict(ada.fields) == {"seat_no": "7"}
    [ada] = read_csv(path, address="to whom", columns="name")
    assert dict(ada.fields) == {"name": "Ada"}


@pytest.mark.parametrize("setting", ["address", "key", "columns", "attachments"])
def test_a_column_that_is_not_there_is_told(tmp_path, setting):
    """
    With what there is instead.
    """
    [(line, column, reason)] = reasons(
        read_csv(write(tmp_path, GOOD), **{setting: "Gone"})
    )

    assert (line, column) == (1, "gone")
    assert "'email', 'First name', '2nd'" in reason


@pytest.mark.parametrize(
    "content",
    [
        "ada@example.org,Ada\nbob@example.org,Bob\n",
        "Ada;ada@example.org\n",
        '"Ada <ada@example.org>"\n',
    ],
)
def test_a_list_without_header_shows_nobody(tmp_path, content):
    """
    The first line would be printed as titles: it is refused, and not shown.
    """
    for settings in {}, {"address": "email"}:
        error = refusal(read_csv(write(tmp_path, content), **settings))

        assert "add a header line" in str(error)
        assert "ada" not in str(error).replace(str(tmp_path), "").lower()


def test_titles_that_become_the_same_name_are_refused(tmp_path):
    """
    Otherwise one column would hide another.
    """
    path = write(tmp_path, "email,First name,first-name\nada@example.org,a,b\n")

    [(line, column, reason)] = reasons(read_csv(path))

    assert (line, column) == (1, "first-name")
    assert "'first_name'" in reason


@pytest.mark.parametrize(
    ("delimiter", "header"),
    [
        (",", "email,name"),
        (";", "email;name"),
        ("\t", "email\tname"),
        ("|", "email|name"),
        (";", '"email";"name, or, names"'),
        (";", '"email";"a ""b"", c, d"'),
        (",", '"email","a\n;b;c;d"'),
    ],
)
def test_the_delimiter_is_seen_in_the_header(tmp_path, delimiter, header):
    """
    What stands in quotes does not count.
    """
    [ada] = read_csv(write(tmp_path, f"{header}\nada@example.org{delimiter}Ada\n"))

    assert list(ada.fields.values()) == ["ada@example.org", "Ada"]


def test_a_delimiter_can_be_said(tmp_path):
    """
    It is one character, and wins over what the header looks like.
    """
    [ada] = read_csv(
        write(tmp_path, "email:a,b,c\nada@example.org:1,2,3\n"), delimiter=":"
    )

    assert dict(ada.fields) == {"email": "ada@example.org", "a_b_c": "1,2,3"}
    for wrong in "", ";;", '"', "\n":
        with pytest.raises(ConfigurationError, match="one character"):
            read_csv("x.csv", delimiter=wrong)


@pytest.mark.parametrize("delimiter", [None, ";"])
def test_the_note_of_excel_is_no_header(tmp_path, delimiter):
    """
    "sep=;" in the first line says the delimiter.
    """
    path = write(tmp_path, "sep=;\r\nemail;a,b,c\r\nada@example.org;1\r\n")

    [ada] = read_csv(path, delimiter=delimiter)

    assert dict(ada.fields) == {"email": "ada@example.org", "a_b_c": "1"}
    assert ada.source.endswith(":3")


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le:bom"]
)
def test_unicode_is_told_by_its_mark(tmp_path, encoding):
    """
    UTF-8 with and without mark, UTF-16 and UTF-32 with one.
    """
    text = "email,name\njörg@example.org,Jörg\n"
    name, _, mark = encoding.partition(":")
    content = (("\ufeff" if mark else "") + text).encode(name)

    [row] = read_csv(write(tmp_path, content))

    assert dict(row.fields) == {"email": "jörg@example.org", "name": "Jörg"}


def test_other_encodings_are_said(tmp_path):
    """
    As older exports of Excel need; an unknown one is refused at once.
    """
    path = write(tmp_path, "email,name\nada@example.org,Jörg €\n".encode("cp1252"))

    [ada] = read_csv(path, encoding="cp1252")

    assert ada.fields["name"] == "Jörg €"
    for wrong in "klingon", "hex", "rot13", "a\0b":
        with pytest.raises(ConfigurationError, match="no text encoding"):
            read_csv(path, encoding=wrong)


def test_a_mark_is_no_part_of_the_first_title(tmp_path):
    """
    Also when the encoding was said.
    """
    content = '\ufeff"email",name\nada@example.org,Ada\n'

    for name in "utf-8", "utf-16-le":
        [ada] = read_csv(write(tmp_path, content.encode(name)), encoding=name)
        assert list(ada.fields) == ["email", "name"]


def test_text_in_another_encoding_is_told_with_its_line(tmp_path):
    """
    Row and column are named, and what to do.
    """
    rows = "email,name\nada@example.org,Ada\nbob@example.org,Jörg\n"
    path = write(tmp_path, rows.encode("cp1252"))

    assert reasons(read_csv(path)) == [
        (3, "name", 'it is not utf-8; say encoding="cp1252" if Excel wrote it')
    ]
    assert [r.address.wire for r in read_csv(path, skip_invalid=True)] == [
        "ada@example.org"
    ]


def test_octets_that_cp1252_lacks_are_told(tmp_path):
    """
    The hint to use cp1252 is not given to who did.
    """
    path = write(tmp_path, b"email,name\nada@example.org,\x81\n")

    assert reasons(read_csv(path, encoding="cp1252")) == [
        (2, "name", "it is not cp1252")
    ]


def test_a_title_in_another_encoding_is_told(tmp_path):
    """
    The header cannot be skipped.
    """
    path = write(tmp_path, "email,größe\nada@example.org,1\n".encode("cp1252"))

    [(line, column, reason)] = reasons(read_csv(path, skip_invalid=True))

    assert (line, column) == (1, "")
    assert "cp1252" in reason


@pytest.mark.parametrize("good", ["", "email,name\nada@example.org,Ada\n"])
def test_a_file_that_breaks_off_in_a_character_is_refused(tmp_path, good):
    """
    UTF-16 with an odd octet at its end; skipping cannot help.
    """
    path = write(tmp_path, good.encode("utf-16") + b"x")

    for skip in False, True:
        error = refusal(read_csv(path, encoding="utf-16", skip_invalid=skip))
        assert "it is not utf-16" in error.problems[-1].reason


def test_lines_are_where_rows_start(tmp_path):
    """
    Quoted line ends count, blank lines are skipped and count.
    """
    path = write(
        tmp_path,
        'email,note\n\nada@example.org,"one\ntwo\nthree"\r\n\r\n,\nbob@example.org,x\n',
    )

    ada, bob = read_csv(path)

    assert (ada.source, ada.fields["note"]) == (f"{path}:3", "one\ntwo\nthree")
    assert bob.source == f"{path}:8"


def test_a_header_may_come_after_blank_lines(tmp_path):
    """
    Empty lines and lines of delimiters only are no header.
    """
    path = write(tmp_path, "\n  \n;;\nemail;name;x\nada@example.org;Ada;\n")

    [ada] = read_csv(path)

    assert ada.source == f"{path}:5"


def test_old_line_ends_are_taken(tmp_path):
    """
    A lone CR ends a line, as older programs write it.
    """
    [ada] = read_csv(write(tmp_path, "email,name\rada@example.org,Ada\r"))

    assert ada.source.endswith(":2")


def test_spaces_around_an_address_are_no_part_of_it(tmp_path):
    """
    They are left out; everywhere else in an address they are refused.
    """
    path = write(tmp_path, "email,n\n ada@example.org\u00a0,1\nbob @example.org,2\n")

    assert [r.address.wire for r in read_csv(path, skip_invalid=True)] == [
        "ada@example.org"
    ]


def test_every_problem_is_told_at_the_end(tmp_path):
    """
    Good rows come first; then one error with line, column and reason of all others.
    """
    content = (
        "Email,name\n"
        "ada@example.org,Ada\n"
        "bob.example.org,Bob\n"
        ",Nobody\n"
        "eve@example.org\n"
        "eve@example.org,Eve,x\n"
        "ADA@example.org,Ada again\n"
        "nul@example.org,a\0b\n"
        'quote@example.org,"a"b\n'
        '"a@example.org,b@example.org",two\n'
        "zoe@example.org,Zoe\n"
        'open@example.org,"never\nclosed\n'
    )
    audience = read_csv(write(tmp_path, content))
    seen = []

    with pytest.raises(AudienceError) as caught:
        seen.extend(row.address.wire for row in audience)

    assert seen == ["ada@example.org", "zoe@example.org"]
    found = [(p.line, p.column) for p in caught.value.problems]
    assert found == [
        (3, "Email"),
        (4, "Email"),
        (5, ""),
        (6, ""),
        (7, "Email"),
        (8, "name"),
        (9, ""),
        (10, "Email"),
        (12, ""),
    ]
    told = [p.reason for p in caught.value.problems]
    expected = ["no @", "empty", "1 cells", "3 cells", "same mailbox as line 2"]
    expected += ["NUL", "closing quote", "per person", "never closed"]
    assert [
        e for e, reason in zip(expected, told, strict=True) if e not in reason
    ] == []
    assert (caught.value.total, audience.skipped) == (9, 9)
    assert audience.problems == caught.value.problems
    assert not [
        word for word in ("bob", "Bob", "again", "@example") if word in "".join(told)
    ]


def test_problems_can_be_skipped(tmp_path):
    """
    The first of two rows with one mailbox stays; what was left out is counted.
    """
    path = write(
        tmp_path,
        "email,n\nada@example.org,1\nnobody,2\nAda@example.org,3\nbob@example.org,4\n",
    )
    audience = read_csv(path, skip_invalid=True)

    assert [row.fields["n"] for row in audience] == ["1", "4"]
    assert audience.skipped == 2
    assert [p.line for p in audience.problems] == [3, 4]
    assert [row.fields["n"] for row in audience] == ["1", "4"]
    assert audience.skipped == 2


def test_a_row_that_is_refused_is_not_remembered_as_seen(tmp_path):
    """
    The first good row of a mailbox is kept.
    """
    path = write(tmp_path, "email,k\nada@example.org,\nada@example.org,7\n")

    [ada] = read_csv(path, key="k", skip_invalid=True)

    assert ada.key == "7"


@pytest.mark.parametrize("skip", [False, True])
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "empty"),
        ("\n\n ,,\n", "empty"),
        ("\ufeff", "empty"),
        ("email,name\n", "nobody"),
        ("email,name\n\n,\n", "nobody"),
        ("email,name\nx,y\n", "no @|not taken"),
        ('"email,name\nada@example.org,Ada\n', "never closed"),
        ('"email"x,name\nada@example.org,Ada\n', "closing quote"),
        ("e\0mail,name\nada@example.org,Ada\n", "NUL"),
    ],
)
def test_a_list_of_nobody_is_an_error(tmp_path, content, reason, skip):
    """
    Whatever the reason, and with skip_invalid as well.
    """
    with pytest.raises(AudienceError, match=reason):
        list(read_csv(write(tmp_path, content), skip_invalid=skip))


def test_the_first_thousand_problems_are_kept_and_all_counted(tmp_path):
    """
    A wholly wrong list does not fill the memory.
    """
    path = write(tmp_path, "email,n\n" + "x,1\n" * 1_234)

    error = refusal(read_csv(path))

    assert (len(error.problems), error.total) == (1_000, 1_234)


def test_with_a_key_the_pair_counts(tmp_path):
    """
    One mailbox may stand in two rows; the same pair may not, nor an empty key.
    """
    seats = "".join(f"ada@example.org,{seat}\n" for seat in "121 ")
    path = write(tmp_path, f"email,seat\n{seats}")

    assert [r.key for r in read_csv(path, key="seat", skip_invalid=True)] == ["1", "2"]
    assert [
        (line, column) for line, column, _ in reasons(read_csv(path, key="seat"))
    ] == [
        (4, "email"),
        (5, "seat"),
    ]
    assert "same mailbox and key as line 2" in str(refusal(read_csv(path, key="seat")))


def test_columns_without_title_are_left_out_while_they_are_empty(tmp_path):
    """
    Spreadsheets add them; a value in one has no name, so its row is refused.
    """
    path = write(tmp_path, "email,,n,\nada@example.org,, 1,\nbob@example.org,,2,x\n")
    audience = read_csv(path, skip_invalid=True)

    assert [dict(row.fields) for row in audience] == [
        {"email": "ada@example.org", "n": " 1"}
    ]
    assert "no title" in audience.problems[0].reason


def test_a_huge_cell_is_a_quote_that_nobody_closed(tmp_path):
    """
    A megabyte is the end of a cell, not of the memory.
    """
    path = write(tmp_path, 'email,n\nada@example.org,"' + ("x" * 99 + "\n") * 12_000)

    assert "never closed" in reasons(read_csv(path))[0][2]


def test_cells_may_be_large(tmp_path):
    """
    More than the csv module takes by itself.
    """
    path = write(tmp_path, "email,n\nada@example.org," + "x" * 500_000 + "\n")

    [ada] = read_csv(path)

    assert len(ada.fields["n"]) == 500_000


def test_a_file_that_changes_between_passes_is_refused(tmp_path):
    """
    What was rehearsed is not what would be sent.
    """
    path = write(tmp_path, GOOD)
    audience = read_csv(path)
    list(audience)
    write(tmp_path, GOOD + "eve@example.org,Eve,z\n")

    assert "changed while it was used" in str(refusal(audience))


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path):
    """
    At the end of the pass the file is looked at once more.
    """
    path = write(tmp_path, GOOD)
    rows = iter(read_csv(path))
    next(rows)
    os.utime(path, ns=(1, 1))

    assert "changed while it was used" in str(refusal(rows))


def test_other_files_are_told(tmp_path):
    """
    A spreadsheet, a folder and a pipe are no CSV files.
    """
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    keeper = os.open(fifo, os.O_RDWR)

    assert "spreadsheet" in str(refusal(read_csv(write(tmp_path, b"PK\x03\x04..."))))
    assert "Is a directory" in str(refusal(read_csv(tmp_path)))
    assert "no regular file" in str(refusal(read_csv(fifo)))
    os.close(keeper)
    with pytest.raises(ConfigurationError, match="not a int"):
        read_csv(7)


def test_other_faults_are_told_in_the_words_of_the_csv_module():
    """
    Whatever a later Python finds wrong is not hidden.
    """
    assert "it is no CSV: odd" in _explained(csv.Error("odd"))


@given(
    st.lists(
        st.tuples(
            st.text(
                st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
                max_size=12,
            ),
            st.text('a,;"\n\r\t |', max_size=8),
        ),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from(",;\t|"),
    st.sampled_from(["\n", "\r\n"]),
)
def test_what_the_csv_module_writes_is_read_back(rows, delimiter, end):
    """
    Cells come back as they were, and lines are where they were written.
    """
    file = io.StringIO()
    writer = csv.writer(
        file, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL
    )
    writer.writerow(["email", "a", "b"])
    lines = []
    for number, row in enumerate(rows):
        lines.append(1 + len(list(io.StringIO(file.getvalue(), newline=""))))
        writer.writerow([f"n{number}@example.org", *row])

    found = list(read_csv(io.BytesIO(file.getvalue().encode())))

    assert [(row.fields["a"], row.fields["b"]) for row in found] == rows
    assert [row.source for row in found] == [f"list:{line}" for line in lines]


@given(st.binary(max_size=60) | st.text('email,"\n;@.ab', max_size=40).map(str.encode))
def test_whatever_octets_come_they_are_rows_or_an_error(content):
    """
    Nothing but AudienceError is raised, and never with an address in it.
    """
    for skip in False, True:
        audience = read_csv(io.BytesIO(b"email,n\n" + content), skip_invalid=skip)
        try:
            rows = list(audience)
        except AudienceError as error:
            assert error.total > 0  # noqa: PT017
        else:
            assert len({row.address for row in rows}) == len(rows) > 0
