"""docs/how-to/run-workers-as-a-service.md: what it shows can be used as it stands."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import attrs
import pytest
import yaml
from click.testing import CliRunner

from docs.blocks import blocks_of
from safesend.cli.app import app
from safesend.fleet import crew, sending
from safesend.fleet.health import LIVE, READY
from safesend.smtp.exchange import Timeouts

PAGE = Path(__file__).parents[2] / "docs/how-to/run-workers-as-a-service.md"
TEXT = PAGE.read_text("utf-8")
FLAG = re.compile(r"--[a-z][a-z-]+")


def shown(name):
    """A file that the page shows."""
    [block] = [one for one in blocks_of(TEXT) if one.argument == name]
    return "\n".join(block.lines) + "\n"


def unit():
    """The unit of systemd; a key may stand there more than once."""
    found: dict[str, list[str]] = {}
    joined = shown("safesend-worker.service").replace("\\\n", " ")
    for line in joined.splitlines():
        if "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


def manifest():
    """The documents for Kubernetes, by their kinds."""
    return {
        one["kind"]: one for one in yaml.safe_load_all(shown("safesend-worker.yaml"))
    }


def container():
    """The one container."""
    [one] = manifest()["Deployment"]["spec"]["template"]["spec"]["containers"]
    return one


def known_flags():
    """What the command knows."""
    return {*FLAG.findall(CliRunner().invoke(app, ["worker", "--help"]).output)}


def test_every_flag_that_is_shown_exists():
    """In the unit, in the manifest and in the text about workers."""
    [start] = unit()["ExecStart"]
    given = FLAG.findall(f"{start} {' '.join(container()['args'])}")
    assert {*given} >= {"--keep-running", "--health", "--password-file"}
    others = {"--processes", "--yes", "--system"}  # of other commands
    assert {*given, *FLAG.findall(TEXT)} - others <= known_flags()


def test_what_is_on_the_wire_has_the_time_to_finish():
    """The grace is longer than a server may take for its answer."""
    longest = max(attrs.astuple(Timeouts()))
    spec = manifest()["Deployment"]["spec"]["template"]["spec"]
    assert spec["terminationGracePeriodSeconds"] > longest
    assert unit()["TimeoutStopSec"] == ["11min"]
    assert longest < 11 * 60
    assert unit()["KillSignal"] == ["SIGTERM"]


def test_probes_ask_what_a_worker_answers():
    """Under its paths, at its port."""
    one = container()
    assert one["livenessProbe"]["httpGet"]["path"] == "/live"
    assert one["readinessProbe"]["httpGet"]["path"] == "/ready"
    [port] = one["ports"]
    assert f"--health=0.0.0.0:{port['containerPort']}" in one["args"]
    assert (LIVE, READY) == (60, 15)
    assert f"the last\n{READY:.0f} seconds" in TEXT


def test_the_secret_has_what_a_worker_looks_for():
    """By names that the table of the page has."""
    names = manifest()["Secret"]["stringData"]
    assert all(f"`{name}`" in TEXT for name in names)
    [source] = container()["envFrom"]
    assert source["secretRef"]["name"] == manifest()["Secret"]["metadata"]["name"]


def test_secrets_of_the_unit_are_loaded():
    """What the command line names is what systemd hands over."""
    loaded = {one.partition(":")[0] for one in unit()["LoadCredential"]}
    used = re.findall(r"%d/(\w+)", shown("safesend-worker.service"))
    assert {*used} == loaded


@pytest.mark.parametrize("with_list", [False, True])
def test_systemd_takes_the_unit(with_list, tmp_path):
    """As its own tool says; with the lines for campaigns that have a list, too."""
    tool = shutil.which("systemd-analyze")
    if tool is None:
        if os.environ.get("CI"):
            pytest.fail("install the package systemd")
        pytest.skip("needs systemd-analyze (package systemd)")
    text = shown("safesend-worker.service")
    configparser.ConfigParser(strict=False, interpolation=None).read_string(text)
    file = tmp_path / "safesend-worker.service"
    file.write_text(text.replace("/usr/local/bin/safesend", sys.executable))
    more = tmp_path / f"{file.name}.d" / "list.conf"
    if with_list:
        more.parent.mkdir()
        more.write_text(shown("list.conf"))
    done = subprocess.run(
        [tool, "verify", "--man=no", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    ours = [line for line in done.stderr.splitlines() if "safesend-worker" in line]
    assert (ours, done.returncode) == ([], 0)


def test_a_list_has_a_user_who_stays_and_a_place_to_write_to():
    """The path that workers are told lies in the folder that they may write to."""
    values = dict(line.partition("=")[::2] for line in shown("list.conf").splitlines())
    name, _, path = values["Environment"].partition("=")
    assert name == "SAFESEND_SUPPRESSION"
    assert Path(path).parent == Path(values["ReadWritePaths"])
    assert (values["DynamicUser"], values["User"]) == ("no", values["Group"])
    assert f"safesend suppress new {path}" in TEXT


def test_the_numbers_of_the_text_are_those_of_the_code():
    """Who reads them may rely on them."""
    assert f"at least {crew.LONG:,} people" in TEXT
    assert f"no rate below {sending._SLOW:.0f}/s" in TEXT
