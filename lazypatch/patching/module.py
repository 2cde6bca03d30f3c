"""Patching one module from another, with the events and hooks that go with it.

``patch_module`` is for users' modules and for lazypatch's own: ``apply`` calls ``bring_in`` with what a cooperative
file declares. A file of a user's declares ``__implements__`` and, if it likes, two functions::

    def _lazypatch_will_monkey_patch(target, items, warn, **kwargs): ...   # may change items, may raise DoNotPatch
    def _lazypatch_did_monkey_patch(target, items, warn, **kwargs): ...
"""

from __future__ import annotations

import sys

from lazypatch.base.errors import PatchError, callers_line, warn
from lazypatch.patching.replace import Replaced, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from types import ModuleType
    from typing import Any


class Patched:
    """What has been done to one execution of one module.

    ``since``: seconds since the epoch; ``by``: the place in the program that imported or patched it, as ``file:line``;
    ``is_late``: the module was there before.
    """

    __slots__ = ("by", "is_late", "module", "replaced", "since", "source", "target", "undo")

    def __init__(self, target: str, module: ModuleType, source: Any, is_late: bool) -> None:
        self.target = target
        self.module = module
        self.source = source
        self.is_late = is_late
        self.by = callers_line()
        self.since = _time()
        self.replaced: list[Replaced] = []

    def names(self) -> list[str]:
        """The names that are replaced."""
        return [each.name for each in self.replaced]

    def overwritten(self, replaced: Iterable[Replaced]) -> Iterator[str]:
        """Those of ``replaced`` in whose place somebody has put something else, each with the remedy."""
        for each in replaced:
            if self.module is sys.modules.get(self.target) and not each.is_in():
                yield f"{self.target}.{each.name} has been replaced by something else since; put it back first"

    def put_back(self) -> None:
        """Restore the originals, the latest first."""
        while self.replaced:
            self.replaced.pop().put_back()


def _time() -> float:
    return sys.modules["time"].time() if "time" in sys.modules else 0.0  # type: ignore[no-any-return]


patched: dict[str, Patched] = {}  # target -> what has been done to its latest execution by lazypatch's own file
by_users: dict[str, list[Patched]] = {}  # target -> what has been done by calls of patch_module


def done_to(target: str) -> list[Patched]:
    """All that has been done to ``target``."""
    own = patched.get(target)
    return [*([own] if own is not None else []), *by_users.get(target, ())]


def events() -> Any:
    """The module of events, if anybody listens: nobody can have subscribed before it was loaded."""
    return sys.modules.get("lazypatch.base.events")


def bring_in(entry: Patched, items: list[str], optional: Collection[str] = (), **kwargs: Any) -> list[Replaced] | None:
    """Replace ``items`` in the entry's module, with hooks and events; returns what was, None after a veto.

    Whatever is raised on the way, nothing is left half patched.
    """
    if _is_vetoed(entry, items, kwargs):
        return None
    done = replace(entry.module, entry.source, items, optional, entry.target)
    entry.replaced += done
    try:
        _tell_done(entry, items, kwargs)
    except BaseException:
        for each in reversed(done):
            each.put_back()
            entry.replaced.remove(each)
        raise
    return done


def _is_vetoed(entry: Patched, items: list[str], kwargs: dict[str, Any]) -> bool:
    before = getattr(entry.source, "_lazypatch_will_monkey_patch", None)
    heard = events()
    if before is None and heard is None:
        return False
    if heard is None:  # the hook may want DoNotPatch
        from lazypatch.base import events as heard  # type: ignore[no-redef]  # lazy: only those who listen need it
    try:
        if before is not None:
            before(entry.module, items, warn, **kwargs)
        heard.notify(heard.WillPatchModule(entry.source, entry.module, entry.target, items))
    except heard.DoNotPatch:
        return True
    return False


def _tell_done(entry: Patched, items: list[str], kwargs: dict[str, Any]) -> None:
    after = getattr(entry.source, "_lazypatch_did_monkey_patch", None)
    if after is not None:
        after(entry.module, items, warn, **kwargs)
    heard = events()
    if heard is not None:
        heard.notify(heard.DidPatchModule(entry.source, entry.module, entry.target))


def implemented(source: Any, items: Sequence[str] | None) -> list[str]:
    """The names to replace: ``items``, or what ``source`` says that it implements."""
    if items is None:
        items = getattr(source, "__implements__", None)
    if items is None:
        where = getattr(source, "__name__", repr(source))
        raise PatchError(f"patch_module: {where} has no __implements__; name the items to replace")
    if isinstance(items, str):
        raise PatchError(f"patch_module: items is the string {items!r}; it takes a list of names")
    return list(items)
