"""cli/ways.py: several carriers as campaign.toml has them."""

from __future__ import annotations

import pytest

from safesend.cli.settings import read_settings
from safesend.cli.ways import Way
from safesend.errors import ConfigurationError


def test_tables_keep_their_order_and_their_places(tmp_path):
    """With whatever each of them needs to log in."""
    file = tmp_path / "campaign.toml"
    file.write_text(
        'name = "x"\nsender = "a@example.org"\nlist = "p.csv"\n'
        '[[carrier]]\nurl = "smtp://b"\npassword_keyring = "mail"\nweight = 2\n'
        '[[carrier]]\nurl = "smtp://a"\nweight = 0.5\n'
    )
    settings = read_settings(file)
    assert settings.via is None
    assert settings.ways == (
        Way(url="smtp://b", password_keyring="mail", weight=2),
        Way(url="smtp://a", weight=0.5),
    )


@pytest.mark.parametrize(
    ("table", "line", "said"),
    [
        (
            '[via]\n"smtps://a" = 3\n"smtps://b" = 1\n',
            7,
            r"'rate' stands in the table \[via\]; move the table to the end",
        ),
        (
            '[[carrier]]\nurl = "smtps://a"\n[[carrier]]\nurl = "smtps://b"\n',
            8,
            r"'rate' stands in the table \[\[carrier\]\]; move the table to the end",
        ),
    ],
)
def test_a_table_in_the_middle_takes_what_follows(tmp_path, table, line, said):
    """
    Whoever puts one in place of `via = "..."` is told which key it took, and where.
    """
    file = tmp_path / "campaign.toml"
    head = 'name = "x"\nsender = "a@example.org"\nlist = "p.csv"\n'
    file.write_text(f'{head}{table}rate = "50/s"\nlanes = 8\n')
    with pytest.raises(ConfigurationError, match=rf"toml:{line}: {said}"):
        read_settings(file)
    file.write_text(f'{head}rate = "50/s"\nlanes = 8\n{table}')
    assert read_settings(file).lanes == 8


def test_a_weight_that_is_none_is_told_by_its_line(tmp_path):
    """
    Of a table with several.
    """
    file = tmp_path / "campaign.toml"
    file.write_text(
        'name = "x"\nsender = "a@example.org"\nlist = "p.csv"\n'
        '[via]\n"smtps://a" = 3\n"smtps://b" = "much"\n'
    )
    with pytest.raises(ConfigurationError, match=r"toml:6: a weight is a number"):
        read_settings(file)


@pytest.mark.parametrize(
    ("url", "key", "said"),
    [
        ("ses://eu-west-1", "password_env", r"Amazon SES takes no password_env: boto3"),
        ("ses://eu-west-1", "password_file", "AWS_ACCESS_KEY_ID"),
        ("SES://eu-west-1", "password_keyring", "takes no password_keyring"),
        ("ses://eu-west-1", "username", "takes no username"),
        ("mx://?helo=x.example", "password_env", "mx: takes no password_env: it logs"),
        ("eml:out", "username", "it logs in nowhere"),
    ],
)
def test_a_login_beside_a_carrier_that_has_none_is_refused(tmp_path, url, key, said):
    """Nobody would use it, and no word would say so."""
    file = tmp_path / "campaign.toml"
    file.write_text(
        'name = "x"\nsender = "a@example.org"\nlist = "p.csv"\n'
        f'[[carrier]]\nurl = "smtp://b"\n[[carrier]]\nurl = "{url}"\n{key} = "K"\n'
    )
    with pytest.raises(ConfigurationError, match=rf"campaign\.toml:4: .*{said}"):
        read_settings(file)


def test_the_table_of_a_login_is_for_no_ses(tmp_path):
    """Nor is it where Amazon SES is the only carrier; a try with files may keep it."""
    file = tmp_path / "campaign.toml"
    text = 'name = "x"\nsender = "a@example.org"\nlist = "p.csv"\nvia = "{}"\n'
    login = '[smtp]\npassword_env = "K"\n'
    for url in ("ses://eu-west-1", "SES://eu-west-1"):
        file.write_text(text.format(url) + login)
        with pytest.raises(ConfigurationError, match=r"toml:5: .*no password_env"):
            read_settings(file)
    file.write_text(text.format("eml:out") + login)
    assert read_settings(file).smtp.password_env == "K"
