"""A machine that can be rebooted, and whose power can be cut; see power.c."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from end_to_end.power import built
from servers.fixtures import or_skip


@pytest.fixture(scope="session")
def power(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library to preload."""
    with or_skip():
        return built(tmp_path_factory.mktemp("power"))


@pytest.fixture
def machine(power: Path) -> Callable[..., Mapping[str, str]]:
    """Makes environments: `machine(boot="another", later=3600)`."""

    def environment(**settings: object) -> Mapping[str, str]:
        wishes = {f"POWER_{name.upper()}": str(v) for name, v in settings.items()}
        return {"LD_PRELOAD": str(power), **wishes}

    return environment
