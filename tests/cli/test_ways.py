"""cli/ways.py: several carriers as campaign.toml has them."""

from __future__ import annotations

from safesend.cli.settings import read_settings
from safesend.cli.ways import Way


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
