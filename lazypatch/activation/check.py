"""``python -m lazypatch.install --check``: which ways of switching on are in force here, in which order."""

from __future__ import annotations

import os
import sys

from lazypatch.activation import environment, requests, sitefile
from lazypatch.activation.chain import origin_of, path_after, specs_on
from lazypatch.activation.launch import BOOTSTRAP
from lazypatch.base.errors import PatchError
from lazypatch.patching.hook import finder
from lazypatch.patching.module import patched

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

STARTUP_FILE = os.path.join(os.path.dirname(BOOTSTRAP), "startup.py")
_PTH_ENDS = (3, 18)  # PEP 829: import lines of .pth files are not read any more


def lines() -> Iterator[str]:
    """The report, in the order in which things happen when Python starts."""
    yield f"Python {sys.version.split()[0]}, {sys.executable}"
    yield f"lazypatch {sys.modules['lazypatch'].__version__}, {os.path.dirname(os.path.dirname(BOOTSTRAP))}"
    yield "Ways of switching it on, in the order in which they take effect:"
    for number, (name, state) in enumerate(_ways(), 1):
        yield f"  {number}. {name}: {state}"
    yield "What runs before lazypatch:"
    yield from (f"  {line}" for line in _earlier() or ["nothing that could import anything"])
    yield "In the way:"
    yield from (f"  {line}" for line in _obstacles() or ["nothing"])
    by = ", ".join(request.by for request in requests.active)
    yield f"This process: {f'switched on by {by}' if by else 'not switched on'}"


def _ways() -> Iterator[tuple[str, str]]:
    files = sitefile.start_files()
    value = os.environ.get(environment.VARIABLE)
    yield "the environment variable LAZYPATCH", f"{_meaning(value)}; read by {', '.join(files) or 'nothing here'}"
    origin = next(map(origin_of, specs_on(path_after(""))), "")
    if not origin:
        yield "sitecustomize", "there is none"
    elif os.path.dirname(origin) == os.path.realpath(BOOTSTRAP):
        yield "sitecustomize", f"in force, on PYTHONPATH: {origin}"
    elif sitefile.is_ours(origin):
        yield "sitecustomize", f"in force, in site-packages: {origin}"
    else:
        yield "sitecustomize", f"not lazypatch's: {origin}"
    startup = os.environ.get("PYTHONSTARTUP", "")
    is_ours = bool(startup) and os.path.realpath(startup) == os.path.realpath(STARTUP_FILE)
    yield (
        "PYTHONSTARTUP, for interactive sessions",
        "in force" if is_ours else f"not lazypatch's: {startup or 'not set'}",
    )
    yield "import lazypatch.auto", "whenever a program says so"


def _meaning(value: str | None) -> str:
    if value is None:
        return "not set, which is off"
    try:
        return f"{value!r}, which is {'off' if environment.parse(value) is None else 'in force'}"
    except PatchError as error:
        return str(error)


def _earlier() -> list[str]:
    """``.pth`` files that come before ours and run code, finders before ours, and targets that are loaded."""
    found = []
    for folder in sitefile.site_folders():
        for name in sorted(os.listdir(folder)):
            if name in sitefile.START_FILES:
                break
            if name.endswith((".pth", ".start")) and _runs_code(os.path.join(folder, name)):
                found.append(os.path.join(folder, name))
    if finder in sys.meta_path:
        before = sys.meta_path[: sys.meta_path.index(finder)]
        found += [f"{getattr(each, '__name__', type(each).__name__)}, a finder" for each in before]
    late = [target for target, entry in patched.items() if entry.is_late]
    return found + ([f"whoever imported {', '.join(late)}"] if late else [])


def _runs_code(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return path.endswith(".start") or any(line.startswith((b"import ", b"import\t")) for line in file)
    except OSError:
        return False


def _obstacles() -> list[str]:
    found = []
    if not sitefile.site_folders():
        found.append("-S: no .pth file and no sitecustomize is read")
    if sys.flags.ignore_environment:
        found.append("-E or -I: PYTHONPATH and PYTHONSTARTUP are not read; LAZYPATCH is")
    files = sitefile.start_files()
    if not files:
        found.append(
            "no lazypatch.pth in site-packages: LAZYPATCH has no effect here, lazypatch run and PYTHONPATH have"
        )
    if sys.version_info >= _PTH_ENDS and not any(each.endswith(".start") for each in files):
        found.append("this Python does not run .pth files: python -m lazypatch.install --start")
    return found
