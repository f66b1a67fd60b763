"""Runs a program with the drop-in in place of the standard module.

    python -m safesend.smtplib script.py args...
    python -m safesend.smtplib -m package.module args...

The program, and whatever it imports, finds `safesend.smtplib` where it asks for
`smtplib`. Everything else is as if Python had run it: `sys.argv`, `sys.path[0]`, the
exit code, the traceback. Processes that it starts itself have their own `smtplib`; a
fork keeps this one.
"""

from __future__ import annotations

import builtins
import importlib.machinery
import importlib.util
import io
import runpy
import sys
import types
import zipfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from safesend import smtplib

__all__ = ["HELP", "main"]

HELP = """\
usage: python -m safesend.smtplib script.py [args ...]
       python -m safesend.smtplib -m package.module [args ...]

Runs an unchanged program with safesend.smtplib in place of smtplib: every message goes
to each recipient by itself, and shows nobody else.

  python -m safesend.smtplib newsletter.py members.txt
"""

_SHIM = (
    "<frozen runpy>",
    runpy.__file__,
    __file__,
    str(Path(__file__).with_name("__main__.py")),
)


def main(words: Sequence[str]) -> None:
    """Run what the words of the command line name; it ends as the program ends."""
    if not words or words[0] in {"-h", "--help"}:
        out = sys.stdout if words else sys.stderr
        out.write(HELP)
        sys.exit(0 if words else 2)
    module = words[0] == "-m"
    program = list(words[1:] if module else words)
    if not program:
        sys.stderr.write("Argument expected for the -m option\n" + HELP)
        sys.exit(2)
    sys.modules["smtplib"] = smtplib
    sys.argv[:] = program
    sys.excepthook = _from_the_program
    if module:
        _module(program[0])
    else:
        _path(program[0])


def _module(name: str) -> None:
    why = f"No module named {name}"
    found = None
    try:
        found = importlib.util.find_spec(name)
    except (ImportError, ValueError) as error:
        kind = type(error).__name__
        why = f"Error while finding module specification for {name!r} ({kind}: {error})"
    if found is None:
        sys.stderr.write(f"{sys.executable}: {why}\n")
        sys.exit(1)
    runpy.run_module(name, run_name="__main__", alter_sys=True)


def _path(path: str) -> None:
    program = Path(path).absolute()
    if not program.exists():
        why = f"can't open file {str(program)!r}: [Errno 2] No such file or directory"
        sys.stderr.write(f"{sys.executable}: {why}\n")
        sys.exit(2)
    packed = program.is_dir() or zipfile.is_zipfile(program)
    if not sys.flags.safe_path:
        # Where Python put the current folder, for "-m". A folder or an archive is put
        # there by runpy, as by Python itself.
        sys.path[:1] = [] if packed else [str(program.resolve().parent)]
    if packed:
        runpy.run_path(path, run_name="__main__")
    else:
        _script(str(program))


def _script(path: str) -> None:
    """A file of source, as the module that Python makes of it: runpy changes argv."""
    with io.open_code(path) as file:
        code = compile(file.read(), path, "exec", dont_inherit=True)
    module = types.ModuleType("__main__")
    module.__loader__ = importlib.machinery.SourceFileLoader("__main__", path)
    vars(module).update(__file__=path, __cached__=None, __builtins__=builtins)
    sys.modules["__main__"] = module
    exec(code, vars(module))  # noqa: S102  this is what was asked for


def _from_the_program(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    """The traceback as Python itself would print it: from the program's first line."""
    while traceback is not None and _is_ours(traceback):
        traceback = traceback.tb_next
    sys.__excepthook__(kind, error.with_traceback(traceback), traceback)


def _is_ours(traceback: TracebackType) -> bool:
    file = traceback.tb_frame.f_code.co_filename
    return file in _SHIM
