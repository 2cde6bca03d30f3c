"""Requests: who wants what patched. What is patched is the union of all requests that have not been undone.

Bringing the interpreter in line with the union is one function, ``bring_in_line``: what is loaded is patched in place,
the rest is armed for its import, and what nobody wants any longer is put back.
"""

from __future__ import annotations

import sys

from lazypatch.activation import plugins
from lazypatch.base import settings
from lazypatch.base.errors import callers_line, warn
from lazypatch.cooperative import INDEX
from lazypatch.patching.apply import apply, is_stale
from lazypatch.patching.copies import copied
from lazypatch.patching.hook import finder, is_executed
from lazypatch.patching.module import done_to, patched
from lazypatch.runtime.identity import get_ident, is_main_thread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType
    from typing import Any

    from lazypatch.patching.module import Patched

active: list[Request] = []
vetoed: dict[str, str] = {}  # target -> the place at which its import or patch was when somebody vetoed it


class Request:
    """What a call of ``patch_all`` or its kin asked for; true, and can be undone."""

    __module__ = "lazypatch"
    __slots__ = ("by", "flags", "name")

    def __init__(self, name: str, flags: Mapping[str, bool]) -> None:
        self.name = name
        self.flags = dict(flags)
        self.by = callers_line()

    def carry_out(self) -> Request:
        """Patch and arm; whatever is raised on the way, nothing of it stays."""
        plugins.discover()
        active.append(self)
        try:
            bring_in_line()
        except BaseException:
            self.withdraw()
            raise
        return self

    def undo(self) -> None:
        """Restore every original that no other request keeps replaced; a second time does nothing.

        Raises PatchError that says what depends on the patch, and then nothing is restored: threads that are alive,
        and names that somebody has replaced since.
        """
        if self in active:
            from lazypatch.activation.undo import undo  # lazy: mostly nothing is undone

            undo(self)

    def withdraw(self) -> None:
        """Put everything back that nobody else wants, come what may."""
        from lazypatch.activation.undo import put_back  # lazy: mostly nothing is undone

        active.remove(self)
        put_back()

    def __repr__(self) -> str:
        state = "" if self in active else " undone"
        return f"<lazypatch.{self.name} at {self.by}{state}>"


def in_force() -> dict[str, bool]:
    """Every flag: on if a request wants it."""
    return settings.union(request.flags for request in active)


def bring_in_line() -> None:
    """Patch what is wanted and loaded, and watch for the import of what is wanted."""
    flags = in_force()
    rows = [row for row in INDEX.values() if row.is_wanted(flags)]
    for row in rows:
        finder.watch(row.target, executed, first=True)
    if flags["thread"] and "_thread" not in patched:
        check_thread()
    before = {target: entry.names() for target, entry in patched.items()}
    for row in rows:
        module = sys.modules.get(row.target)
        if module is not None:
            finder.when_loaded(row.target, module, _patch)
    new = [entry for target, entry in patched.items() if entry.names() != before.get(target)]
    if any(entry.is_late for entry in new) or copied(each for entry in new for each in entry.replaced):
        from lazypatch.activation.late import put_right  # lazy: nothing was late

        put_right(flags)


def _patch(target: str, module: ModuleType, is_anew: bool = False) -> None:
    vetoed.pop(target, None)
    if not apply(target, module, in_force(), is_anew):
        vetoed[target] = callers_line()


def executed(target: str, module: ModuleType) -> None:
    """The hook has seen the execution of a target."""
    _patch(target, module, True)
    if not _sweeping:
        sweep()


def sweep() -> None:
    """Patch targets that slipped past the hook: found by another finder, or put into ``sys.modules`` by hand."""
    flags = in_force()
    _sweeping.append(True)
    try:
        for row in INDEX.values():
            module = sys.modules.get(row.target)
            if row.is_wanted(flags) and _is_missed(row.target, module):
                _patch(row.target, module)  # type: ignore[arg-type]
    finally:
        _sweeping.pop()


_sweeping: list[bool] = []


def _is_missed(target: str, module: Any) -> bool:
    if module is None or target in vetoed or not is_executed(module):
        return False
    entry = patched.get(target)
    return entry is None or entry.module is not module or is_stale(target, module)


def is_module_patched(module: str) -> bool:
    """Whether ``module`` is cooperative, or will be as soon as it is imported."""
    if done_to(module):
        return True
    row = INDEX.get(module)
    return row is not None and module not in vetoed and row.is_wanted(in_force())


def is_object_patched(module: str, item: str) -> bool:
    """Whether ``module.item`` has been replaced, is a class of which methods have been, or is built on what has been.

    Imports a target that is merely armed, to look.
    """
    if not is_module_patched(module):
        return False
    __import__(module)
    return any(_concerns(entry, item) for entry in done_to(module))


def _concerns(entry: Patched, item: str) -> bool:
    if any(name == item or name.startswith(item + ".") for name in entry.names()):
        return True
    patch = getattr(entry.source, "PATCH", None)
    return patch is not None and item in patch.follows


def check_thread() -> None:
    """Warn if this is not the main thread."""
    if not is_main_thread(get_ident()):
        warn(
            "switched on in a thread that is not the main one: signal handlers that are set already stay native and "
            "run in whichever task runs; switch lazypatch on in the main thread"
        )


def check_together(flags: Mapping[str, bool]) -> None:
    """Warn of what is of little use without something else."""
    if flags["signal"] and not flags["os"]:
        warn(
            "signal=True with os=False: os.waitpid and its kin stay native, so a thread that waits for a child stops "
            "all others, and what a SIGCHLD handler wakes waits too; patch os as well"
        )
    if flags["ssl"] and not flags["socket"]:
        warn("ssl without socket: connecting and closing stay native; patch socket as well")
