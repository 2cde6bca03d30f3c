"""``patch_module``: replace names of any module by those of another one, now or when it is imported."""

from __future__ import annotations

import sys

from lazypatch.activation import plugins
from lazypatch.base.errors import PatchError
from lazypatch.patching.hook import finder
from lazypatch.patching.module import Patched, bring_in, by_users, implemented

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType
    from typing import Any


class ModulePatch:
    """What ``patch_module`` returns: true unless a subscriber has cancelled it, and can be undone."""

    __module__ = "lazypatch"
    __slots__ = ("_entries", "_items", "_kwargs", "_source", "is_cancelled", "target")

    def __init__(self, target: str, source: Any, items: Sequence[str] | None, kwargs: dict[str, Any]) -> None:
        self.target = target
        self.is_cancelled = False
        self._source = source
        self._items = items
        self._kwargs = kwargs
        self._entries: list[Patched] = []

    def __bool__(self) -> bool:
        return not self.is_cancelled

    def apply(self, name: str, module: ModuleType) -> None:
        """Patch ``module``, which has just been executed or was there already."""
        source = self._source
        if isinstance(source, str):
            __import__(source)
            source = sys.modules[source]
        entry = Patched(name, module, source, False)
        entries = by_users.setdefault(name, [])
        entries.append(entry)
        self.is_cancelled = True
        try:
            self.is_cancelled = bring_in(entry, implemented(source, self._items), **self._kwargs) is None
        finally:
            gone = [entry] if self.is_cancelled else self._entries  # these are of an earlier execution
            entries[:] = [each for each in entries if each not in gone]
        if not self.is_cancelled:
            self._entries = [entry]

    def undo(self) -> None:
        """Put the originals back. Raises PatchError if somebody has replaced one of the names since."""
        for entry in self._entries:
            for obstacle in entry.overwritten(entry.replaced):
                raise PatchError(f"cannot undo the patch of {self.target}: {obstacle}")
        finder.unwatch(self.target, self.apply)
        while self._entries:
            entry = self._entries.pop()
            entry.put_back()
            by_users[self.target].remove(entry)


def patch_module(
    target_module: ModuleType | str, source_module: Any, items: Sequence[str] | None = None, **kwargs: Any
) -> ModulePatch:
    """Replace attributes of ``target_module`` by those of the same names in ``source_module``.

    Both are modules or names of modules; a target that is not imported yet is patched at its import, and one that
    is imported again is patched again. ``items``: names, dotted for members of classes; by default what the
    source's ``__implements__`` lists. The source's hooks get ``kwargs``. Returns a handle with ``undo()`` that is
    false if a subscriber or the "will" hook cancelled it. Raises PatchError for names that are missing on either side.
    """
    name = target_module if isinstance(target_module, str) else target_module.__name__
    if not isinstance(source_module, str):
        implemented(source_module, items)
    plugins.discover()
    patch = ModulePatch(name, source_module, items, kwargs)
    module = sys.modules.get(name) if isinstance(target_module, str) else target_module
    if module is not None:
        finder.when_loaded(name, module, patch.apply)
    finder.watch(name, patch.apply)
    return patch
