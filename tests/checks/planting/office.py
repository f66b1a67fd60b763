"""LibreOffice, asked to write files: the programs people use, not our own code."""

from __future__ import annotations

import fcntl
import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from checks.planting.innocent_sources import FLYER, PRICES, TALK
from checks.planting.sources import LETTER, SHEETS, SLIDES
from servers.process import MissingServer, program

__all__ = ["INNOCENT", "KINDS", "OfficeFile", "convert", "office_file"]

_PACKAGES = "libreoffice-calc-nogui libreoffice-writer-nogui libreoffice-impress-nogui"
_SOURCES = {
    "sheets.fods": SHEETS,
    "letter.fodt": LETTER,
    "slides.fodp": SLIDES,
    "prices.fods": PRICES,
    "flyer.fodt": FLYER,
    "talk.fodp": TALK,
}

KINDS = {
    "sheets": ("xlsx", "ods", "xls", "html", "csv", "pdf"),
    "letter": ("docx", "odt", "doc", "rtf", "html", "txt", "pdf"),
    "slides": ("pptx", "odp", "ppt", "pdf"),
}
"""What LibreOffice is asked to write from each source."""

INNOCENT = {
    "prices": ("xlsx", "ods", "csv", "html", "pdf"),
    "flyer": ("docx", "odt", "rtf", "html", "txt", "pdf"),
    "talk": ("pptx", "odp", "pdf"),
}
"""The same for documents in which nobody is named but their sender."""

OfficeFile = Callable[[str, str], Path]


def convert(sources: list[Path], kind: str, out: Path) -> None:
    """Write each source as a file of this kind into `out`, in one run of LibreOffice.

    Raises `MissingServer` without LibreOffice, and `RuntimeError` with its output when
    a file did not come.
    """
    soffice = program("soffice", _PACKAGES)
    with tempfile.TemporaryDirectory(prefix="office-") as profile:
        run = subprocess.run(
            [
                soffice,
                f"-env:UserInstallation=file://{profile}",
                "--headless",
                "--norestore",
                "--convert-to",
                kind,
                "--outdir",
                str(out),
                *map(str, sources),
            ],
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
            env={**os.environ, "HOME": profile, "LC_ALL": "C.UTF-8"},
        )
    missing = [s for s in sources if not (out / f"{s.stem}.{kind}").exists()]
    if missing:
        raise RuntimeError(f"LibreOffice wrote no {kind}: {run.stdout} {run.stderr}")


def _made(folder: Path, kind: str) -> None:
    """Write all files of a kind once, whichever worker comes first."""
    done = folder / f"{kind}.done"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if done.exists():
            return
        for name, text in _SOURCES.items():
            (folder / name).write_text(text, encoding="utf-8")
        wanted = {**KINDS, **INNOCENT}
        names = [n for n in _SOURCES if kind in wanted[n.partition(".")[0]]]
        convert([folder / name for name in names], kind, folder)
        done.touch()


@pytest.fixture(scope="session")
def office_file(
    tmp_path_factory: pytest.TempPathFactory,
) -> OfficeFile:
    """Gives files that LibreOffice wrote: `office_file("sheets", "xlsx")`.

    All sources are converted to a kind in one run, once for all workers of a session.
    """
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    folder = shared / "office"
    folder.mkdir(exist_ok=True)

    def file(source: str, kind: str) -> Path:
        try:
            _made(folder, kind)
        except MissingServer as missing:
            if os.environ.get("CI"):
                pytest.fail(str(missing), pytrace=False)
            pytest.skip(str(missing))
        return folder / f"{source}.{kind}"

    return file
