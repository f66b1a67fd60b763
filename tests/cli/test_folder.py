"""cli/folder.py: a folder becomes a campaign."""

from __future__ import annotations

import pytest

from cli.campaigns import make_folder
from safesend import Allow
from safesend.cli.folder import open_folder
from safesend.errors import ConfigurationError, TemplateError


def test_a_folder_is_a_campaign(tmp_path):
    """Letter, list and sender arrive in the campaign."""
    folder = open_folder(make_folder(tmp_path, 2))
    campaign = folder.campaign()
    assert campaign.name == "fair"
    assert campaign.sender.wire == "fair@example.org"
    assert [one.address.wire for one in campaign.audience] == [
        "person0@example.com",
        "person1@example.com",
    ]
    assert folder.own_addresses == {"fair@example.org"}


def test_the_ledger_lies_beside_the_folder(tmp_path):
    """Not in it, and not in the current directory."""
    folder = open_folder(make_folder(tmp_path))
    assert folder.ledger == tmp_path.resolve() / "fair.safesend.db"


def test_every_setting_reaches_its_place(tmp_path):
    """Reply address, headers, limits and the options of the list."""
    path = make_folder(
        tmp_path,
        more='reply_to = "office@example.org"\nmax_recipients = 7\naddress = "mail"\n'
        'delimiter = ";"\nencoding = "cp1252"\nkey = "name"\n'
        'message_id_domain = "id.example.org"\n'
        'envelope_sender = "b+{token}@example.org"\n[headers]\nX-Campaign = "fair"\n',
    )
    (path / "people.csv").write_bytes("mail;name\na@example.com;Zoë\n".encode("cp1252"))
    folder = open_folder(path)
    campaign = folder.campaign()
    [zoe] = campaign.audience
    assert zoe.fields["name"] == "Zoë"
    assert campaign.max_recipients == 7
    assert campaign.message_id_domain == "id.example.org"
    assert campaign.template.headers == {"X-Campaign": "fair"}
    assert folder.own_addresses == {"fair@example.org", "office@example.org"}
    [envelope] = campaign.rehearse().messages()
    assert b"Reply-To: office@example.org\r\n" in envelope.content
    assert envelope.sender.startswith("b+")


def test_json_lines_are_read_by_their_suffix(tmp_path):
    """The other form of a list; options for CSV are refused there."""
    path = make_folder(tmp_path)
    settings = path / "campaign.toml"
    settings.write_text(settings.read_text().replace(".csv", ".jsonl"))
    (path / "people.jsonl").write_text('{"email": "a@example.com", "name": "A"}\n')
    assert len(list(open_folder(path).campaign().audience)) == 1
    settings.write_text(settings.read_text() + 'delimiter = ";"\n')
    with pytest.raises(ConfigurationError, match=r"toml:5: 'delimiter' is for CSV"):
        open_folder(path).campaign()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"people.csv"', '"nobody.csv"', r"toml:3: there is no file .*nobody\.csv"),
        ("The fair <fair@example.org>", "fair", r"toml:2: 'sender': "),
        ('via = "eml:outbox"', 'reply_to = "a, b"', r"toml:4: 'reply_to': "),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path, old, new, message):
    """The error leads into campaign.toml."""
    path = make_folder(tmp_path)
    settings = path / "campaign.toml"
    settings.write_text(settings.read_text().replace(old, new))
    with pytest.raises(ConfigurationError, match=message):
        open_folder(path).campaign()


@pytest.mark.parametrize(
    ("via", "username", "way"),
    [
        ("eml:outbox", None, "eml:{folder}/outbox"),
        ("maildir:out/box", "me", "maildir:{folder}/out/box"),
        ("mbox:/srv/x.mbox", None, "mbox:/srv/x.mbox"),
        ("eml:///srv/x", None, "eml:///srv/x"),
        ("memory:", None, "memory:"),
        ("smtp://mail.example.org:587", None, "smtp://mail.example.org:587"),
        ("smtp://mail.example.org:587", "a@b", "smtp://a%40b@mail.example.org:587"),
        ("smtp://you@mail.example.org", "me", "smtp://you@mail.example.org"),
    ],
)
def test_the_way_out_is_completed(tmp_path, via, username, way):
    """Relative paths count from the folder; the user name goes into the URL."""
    more = f'via = "{via}"\n' + (
        f'[smtp]\nusername = "{username}"\n' if username else ""
    )
    folder = open_folder(make_folder(tmp_path, more=more))
    assert folder.way(None) == way.format(folder=folder.path.resolve())


def test_an_option_replaces_the_way(tmp_path):
    """A relative path on the command line counts from where the command runs."""
    folder = open_folder(make_folder(tmp_path))
    assert folder.way("eml:elsewhere") == "eml:elsewhere"


def test_without_a_way_it_says_how_to_name_one(tmp_path):
    """Nothing is guessed."""
    folder = open_folder(make_folder(tmp_path, more="lanes = 1\n"))
    with pytest.raises(ConfigurationError, match="no 'via' says how"):
        folder.way(None)


def test_what_the_checks_are_told_reaches_the_campaign(tmp_path):
    """As values."""
    more = (
        'public = ["o@example.org", "Ada"]\nprivate = ["room"]\n'
        'verify = [["email", "name"]]\nallowed_domains = ["example.com"]\n'
        '[[allow]]\ncheck = "L23"\nreason = "formulas"\nplace = "a.xlsx"\n'
    )
    campaign = open_folder(make_folder(tmp_path, more=more)).campaign()
    assert [str(one) for one in campaign.public] == ["…@example.org", "Ada"]
    assert campaign.private == ("room",)
    assert campaign.verify == (("email", "name"),)
    assert campaign.allowed_domains == {"example.com"}
    assert campaign.allow == (Allow("L23", "formulas", place="a.xlsx"),)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ('envelope_sender = "b+{row}@x.org"', "campaign.toml:4: 'envelope_sender'"),
        ('public = ["a@b@c"]', "campaign.toml:4: 'public'"),
        ('allowed_domains = ["not a domain"]', "campaign.toml:4: 'allowed_domains'"),
        ('[[allow]]\ncheck = "I3"\nreason = "x"', "campaign.toml:4: 'allow'"),
    ],
)
def test_what_they_cannot_be_told_names_its_line(tmp_path, more, message):
    """An address that is none, a check that nothing lifts."""
    with pytest.raises(ConfigurationError) as caught:
        open_folder(make_folder(tmp_path, more=more)).campaign()
    assert message in str(caught.value)


def test_a_folder_without_a_letter_says_which_files_hold_it(tmp_path):
    """What the library calls text and html are files here."""
    folder = make_folder(tmp_path)
    (folder / "body.txt").unlink()
    with pytest.raises(TemplateError, match=r"has no letter: write .*body\.txt, body"):
        open_folder(folder).campaign()


def test_styles_are_put_into_tags_when_the_folder_says_so(tmp_path):
    """Each person's message has them; what cannot be done names file and line."""
    path = make_folder(tmp_path, 1, more="inline_css = true\n")
    page = "<style>p{color:red}</style>\n<p>Dear {{ name }}, we moved house.</p>"
    (path / "body.html").write_text(page)
    rehearsal = open_folder(path).campaign().rehearse()
    [envelope] = rehearsal.messages()
    assert b'<p style=3D"color: red">Dear' in envelope.content
    assert b"<style></style>" in envelope.content
    (path / "body.html").write_text(page + "\n<p class='{{ name }}'>x</p>")
    with pytest.raises(TemplateError, match=r"body\.html, line 3: a placeholder"):
        open_folder(path).campaign()


def test_an_advice_may_be_silenced(tmp_path):
    """As a check may, for a reason and in a place."""
    path = make_folder(
        tmp_path,
        1,
        more='[[allow]]\ncheck = "M04"\nplace = "line 1"\nreason = "a test"\n',
    )
    (path / "body.html").write_text("<a href=''>a</a>\n<a href=''>b</a>")
    rehearsal = open_folder(path).campaign().rehearse()
    assert [leak.place for leak in rehearsal.warnings] == ["html, line 2"]
    assert sum(rehearsal.allowed.values()) == 1
