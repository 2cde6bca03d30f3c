"""A ``sitecustomize.py`` of ours in site-packages: written, found, and taken away again.

One that is there already is kept beside it and runs after lazypatch has been switched on.
"""

from __future__ import annotations

import os
import sys
import sysconfig

from lazypatch.activation.chain import NAME, is_same, origin_of, path_after, specs_on
from lazypatch.base.errors import PatchError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Step = tuple[str, Callable[[], object]]

START_FILES = ("lazypatch.pth", "lazypatch.start")
FILE, KEPT = f"{NAME}.py", f"{NAME}.py.kept-by-lazypatch"
_REMEDY = "set the environment variable LAZYPATCH=1 instead, or use a virtual environment"
_MARK = "# Written by lazypatch; python -m lazypatch.install --sitecustomize --uninstall takes it away."
_TEXT = f'''{_MARK}
"""Switches lazypatch on, as LAZYPATCH says, else everything; then the next sitecustomize runs."""

import os

_kept = os.path.join(os.path.dirname(__file__), {KEPT!r})
try:
    from lazypatch.activation import chain, environment
except ImportError:  # it has been uninstalled
    if os.path.exists(_kept):
        exec(compile(open(_kept, "rb").read(), _kept, "exec"))
else:
    environment.start("1")
    chain.run_next(__file__, _kept)
'''


def site_folders() -> list[str]:
    """Where ``site`` looks for ``.pth`` files; empty if it has not run (``-S``)."""
    site = sys.modules.get("site")
    if site is None:
        return []
    folders = list(site.getsitepackages())
    if site.ENABLE_USER_SITE:
        folders.append(site.getusersitepackages())
    return [each for each in folders if os.path.isdir(each)]


def start_files() -> list[str]:
    """The paths of ``lazypatch.pth`` and ``lazypatch.start`` that are in force here."""
    places = [os.path.join(folder, name) for folder in site_folders() for name in START_FILES]
    return [each for each in places if os.path.exists(each)]


def install(is_dry: bool = False) -> list[str]:
    """Write ``sitecustomize.py``; returns what has been done, a line for each step.

    Raises PatchError with the remedy where that would have no effect, or is not ours to do.
    """
    folder = _folder()
    target, kept = os.path.join(folder, FILE), os.path.join(folder, KEPT)
    if is_ours(target):
        return [f"{target} is there already"]
    _check_shadow(folder, target)
    steps: list[Step] = []
    if os.path.exists(target):
        steps.append(
            (f"keep the {FILE} that is there as {kept}; it runs after lazypatch", lambda: os.rename(target, kept))
        )
    steps.append((f"write {target}", lambda: _write(target, kept)))
    return carry_out(steps, is_dry, f"{folder} cannot be written to: {_REMEDY}")


def uninstall(is_dry: bool = False) -> list[str]:
    """Take ``sitecustomize.py`` away and put back, byte for byte, what was there before; returns what has been done."""
    folder = _folder()
    target, kept = os.path.join(folder, FILE), os.path.join(folder, KEPT)
    if not is_ours(target):
        if os.path.exists(kept):
            raise PatchError(f"{target} is not lazypatch's any more, and {kept} is: decide which of them is to stay")
        return [f"there is no {FILE} of lazypatch's in {folder}"]
    step: Step = (f"remove {target}", lambda: _remove(target, folder))
    if os.path.exists(kept):
        step = (f"put {kept} back as {target}", lambda: os.rename(kept, target))
    return carry_out([step], is_dry, f"{folder} cannot be written to: {_REMEDY}")


def is_ours(path: str) -> bool:
    """Whether lazypatch has written this file."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.readline().rstrip("\n") == _MARK
    except OSError:
        return False


def _folder() -> str:
    """The environment's site-packages."""
    folder = sysconfig.get_path("purelib")
    is_systems = os.path.exists(os.path.join(sysconfig.get_path("stdlib"), "EXTERNALLY-MANAGED"))  # PEP 668
    if is_systems and sys.prefix == sys.base_prefix:
        raise PatchError(f"{sys.executable} is the operating system's Python, whose files are its own: {_REMEDY}")
    if not any(is_same(each, folder) for each in site_folders()):
        raise PatchError(f"{folder} is not among the folders that Python looks through when it starts: {_REMEDY}")
    return folder


def _check_shadow(folder: str, target: str) -> None:
    """Raise PatchError if another ``sitecustomize`` would be found first."""
    path = path_after("")  # without the current folder, which is not there when Python starts
    place = next((index for index, each in enumerate(path) if is_same(each, folder)), len(path))
    for origin in map(origin_of, specs_on(path[: place + 1])):
        if origin != os.path.realpath(target):
            raise PatchError(f"{origin} comes first on sys.path, so that {target} would never run: {_REMEDY}")


def carry_out(steps: list[Step], is_dry: bool, remedy: str) -> list[str]:
    """Do the steps, or say what would be done; returns their lines. Raises PatchError with ``remedy``."""
    if is_dry:
        return [f"would {line}" for line, _ in steps]
    for line, step in steps:
        try:
            step()
        except OSError as error:
            raise PatchError(f"cannot {line}: {error.strerror}. {remedy}") from None
    return [line for line, _ in steps]


def _write(path: str, kept: str) -> None:
    try:
        with open(path, "x", encoding="utf-8") as file:
            file.write(_TEXT)
    except OSError:
        if os.path.exists(kept):
            os.rename(kept, path)
        raise


def _remove(path: str, folder: str) -> None:
    os.remove(path)
    cache = os.path.join(folder, "__pycache__")
    for name in os.listdir(cache) if os.path.isdir(cache) else ():
        if name.startswith(f"{NAME}."):
            os.remove(os.path.join(cache, name))
