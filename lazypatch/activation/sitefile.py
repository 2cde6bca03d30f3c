"""A ``sitecustomize.py`` of ours in site-packages: written, found, and taken away again.

One that is there already is kept beside it and runs after lazypatch has been switched on.
"""

from __future__ import annotations

import os
import sys
import sysconfig

from lazypatch.activation.chain import NAME, specs_after
from lazypatch.base.errors import PatchError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Step = tuple[str, Callable[[str, str], None], str, str]

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
        steps.append((f"keep the {FILE} that is there as {kept}; it runs after lazypatch", _rename, target, kept))
    steps.append((f"write {target}", _write, target, _TEXT))
    return list(_carry_out(steps, is_dry, folder))


def uninstall(is_dry: bool = False) -> list[str]:
    """Take ``sitecustomize.py`` away and put back, byte for byte, what was there before; returns what has been done."""
    folder = _folder()
    target, kept = os.path.join(folder, FILE), os.path.join(folder, KEPT)
    if not is_ours(target):
        if os.path.exists(kept):
            raise PatchError(f"{target} is not lazypatch's any more, and {kept} is: decide which of them is to stay")
        return [f"there is no {FILE} of lazypatch's in {folder}"]
    steps: list[Step] = [(f"remove {target}", _remove, target, folder)]
    if os.path.exists(kept):
        steps = [(f"put {kept} back as {target}", _rename, kept, target)]
    return list(_carry_out(steps, is_dry, folder))


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
    if not any(os.path.realpath(each) == os.path.realpath(folder) for each in site_folders()):
        raise PatchError(f"{folder} is not among the folders that Python looks through when it starts: {_REMEDY}")
    return folder


def _check_shadow(folder: str, target: str) -> None:
    """Raise PatchError if another ``sitecustomize`` would be found first."""
    for spec in specs_after(""):
        origin = os.path.realpath(spec.origin or "")
        if origin == os.path.realpath(target):
            return
        place = os.path.dirname(origin)
        if _position(place) <= _position(folder):
            raise PatchError(f"{origin} comes first on sys.path, so that {target} would never run: {_REMEDY}")


def _position(folder: str) -> int:
    """Where it stands on ``sys.path``; a package's folder stands where its parent does."""
    path = [os.path.realpath(each) for each in sys.path[1:]]
    for each in (folder, os.path.dirname(folder)):
        if os.path.realpath(each) in path:
            return path.index(os.path.realpath(each))
    return len(path)


def _carry_out(steps: list[Step], is_dry: bool, folder: str) -> Iterator[str]:
    for line, step, first, second in steps:
        if is_dry:
            yield f"would {line}"
            continue
        try:
            step(first, second)
        except OSError as error:
            raise PatchError(f"cannot {line}: {error.strerror}. {folder} cannot be written to: {_REMEDY}") from None
        yield line


def _rename(old: str, new: str) -> None:
    os.rename(old, new)


def _write(path: str, text: str) -> None:
    try:
        with open(path, "x", encoding="utf-8") as file:
            file.write(text)
    except OSError:
        kept = os.path.join(os.path.dirname(path), KEPT)
        if os.path.exists(kept):
            os.rename(kept, path)
        raise


def _remove(path: str, folder: str) -> None:
    os.remove(path)
    cache = os.path.join(folder, "__pycache__")
    for name in os.listdir(cache) if os.path.isdir(cache) else ():
        if name.startswith(f"{NAME}."):
            os.remove(os.path.join(cache, name))
