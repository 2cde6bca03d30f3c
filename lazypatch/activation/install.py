"""``python -m lazypatch.install``: the ways of switching lazypatch on without a change of the program."""

from __future__ import annotations

import os
import sys

from lazypatch.activation import sitefile, startfile
from lazypatch.activation.check import STARTUP_FILE, lines
from lazypatch.base.errors import PatchError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def main(arguments: list[str] | None = None) -> int:
    """Read the options and do it; returns the exit status, 2 after an error that has been printed."""
    given = sys.argv[1:] if arguments is None else arguments
    options = _parser().parse_args(given)
    if options.python:
        return _elsewhere(options.python, _without_python(given))
    try:
        print("\n".join(_carry_out(options)))
    except PatchError as error:
        print(f"lazypatch.install: {error}", file=sys.stderr)
        return 2
    return 0


def _carry_out(options: argparse.Namespace) -> list[str]:
    if options.startup_file:
        return [STARTUP_FILE]
    if options.check:
        return list(lines())
    what = startfile if options.start else sitefile
    return what.uninstall(options.dry_run) if options.uninstall else what.install(options.dry_run)


def _parser() -> argparse.ArgumentParser:
    import argparse  # lazy: only the command line needs it

    parser = argparse.ArgumentParser("python -m lazypatch.install", description=__doc__, allow_abbrev=False)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--check", action="store_true", help="say which ways are in force, in which order")
    what.add_argument("--startup-file", action="store_true", help="print the file for PYTHONSTARTUP to point at")
    what.add_argument("--sitecustomize", action="store_true", help="write a sitecustomize.py into site-packages")
    what.add_argument(
        "--start", action="store_true", help="put lazypatch.start into site-packages (Python 3.15, PEP 829)"
    )
    parser.add_argument("--uninstall", action="store_true", help="take away again what one of these has written")
    parser.add_argument("--dry-run", action="store_true", help="say what would be done")
    parser.add_argument("--python", metavar="PATH", help="do it for the environment of this interpreter")
    return parser


def _without_python(given: list[str]) -> list[str]:
    import argparse  # lazy: as above

    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--python")
    return parser.parse_known_args(given)[1]


def _elsewhere(python: str, given: list[str]) -> int:
    """Have another interpreter do it, which has to have lazypatch installed."""
    import subprocess  # lazy: only another interpreter needs it

    plain = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    try:
        found = subprocess.run([python, "-P", "-c", "import lazypatch"], env=plain, stderr=subprocess.DEVNULL)
    except OSError as error:
        print(f"lazypatch.install: {python} cannot be run: {error.strerror}", file=sys.stderr)
        return 2
    if found.returncode:
        print(
            f"lazypatch.install: {python} has no lazypatch; first say {python} -m pip install lazypatch",
            file=sys.stderr,
        )
        return 2
    return subprocess.run([python, "-P", "-m", "lazypatch.install", *given], env=plain).returncode
