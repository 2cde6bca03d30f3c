"""The import hook: a finder that has code run right after a module's execution, before anybody can see the module.

It finds nothing by itself: it asks the finders behind it on ``sys.meta_path`` and puts a loader of its own around
what they find. That loader gives module and spec the real one back, lets it execute the module, and calls those who
watch for it. All of this goes on under the module's import lock.
"""

from __future__ import annotations

import sys

from lazypatch.runtime.identity import get_ident

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any

    Watcher = Callable[[str, ModuleType], object]


class Finder:
    """Stands first on ``sys.meta_path`` and calls ``watcher(name, module)`` after each execution of what is watched."""

    def __init__(self) -> None:
        self._watchers: dict[str, list[Watcher]] = {}
        self._searching: set[tuple[int, str]] = set()
        self._unfinished: dict[str, list[Watcher]] = {}

    def watch(self, name: str, watcher: Watcher, first: bool = False) -> None:
        """Have ``watcher`` called, before the others if it is ``first``; a second time is no time."""
        watchers = self._watchers.setdefault(name, [])
        if watcher not in watchers:
            watchers.insert(0 if first else len(watchers), watcher)
        self.install()

    def unwatch(self, name: str, watcher: Watcher) -> None:
        """Have it called no longer."""
        watchers = self._watchers.get(name, [])
        if watcher in watchers:
            watchers.remove(watcher)
        if not watchers:
            self._watchers.pop(name, None)
        if not self._watchers:
            self.uninstall()

    def when_loaded(self, name: str, module: ModuleType, watcher: Watcher) -> None:
        """Have ``watcher``, which may watch already, called for a module that stands in ``sys.modules``.

        That is now; or soon after its execution, which has begun, is over; or when it is loaded, if something has to
        use it first (``importlib.util.LazyLoader``), and then with all those who watch.
        """
        if is_unloaded(module):
            self._wrap(module)
        elif is_executed(module):
            watcher(name, module)
        else:
            self._unfinished.setdefault(name, []).append(watcher)

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec that the other finders have for a watched module, with our loader; None for everything else."""
        if self._unfinished:
            self.sweep()
        key = get_ident(), name
        if name not in self._watchers or key in self._searching:
            return None
        self._searching.add(key)  # another finder may ask the whole path again
        try:
            spec = self._find(name, path, target)
        finally:
            self._searching.discard(key)
        if spec is not None and hasattr(spec.loader, "exec_module"):
            spec.loader = Loader(spec.loader, self.executed)  # type: ignore[assignment]
        return spec

    def _find(self, name: str, path: Sequence[str] | None, target: ModuleType | None) -> ModuleSpec | None:
        for finder in list(sys.meta_path):
            if finder is not self and hasattr(finder, "find_spec"):
                spec = finder.find_spec(name, path, target)
                if spec is not None:
                    return spec
        return None

    def _wrap(self, module: ModuleType) -> None:
        spec: Any = object.__getattribute__(module, "__spec__")
        if not isinstance(spec.loader, Loader):
            spec.loader = Loader(spec.loader, self.executed)

    def executed(self, name: str, module: ModuleType) -> None:
        """Call those who watch for ``name``."""
        for watcher in list(self._watchers.get(name, ())):
            watcher(name, module)

    def sweep(self) -> None:
        """Look whether executions that had begun are over."""
        for name in list(self._unfinished):
            module = sys.modules.get(name)
            if module is None or is_executed(module):
                for watcher in self._unfinished.pop(name, ()) if module is not None else ():
                    watcher(name, module)  # type: ignore[arg-type]

    def install(self) -> None:
        """Go to the front of ``sys.meta_path``."""
        if sys.meta_path[:1] != [self]:
            self.uninstall()
            sys.meta_path.insert(0, self)  # type: ignore[arg-type]

    def uninstall(self) -> None:
        """Leave ``sys.meta_path``."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)  # type: ignore[arg-type]


_executing: list[ModuleType] = []  # one that is loaded lazily does not say so itself


class Loader:
    """Around a real loader, for the one moment of execution; everything else is the real one's."""

    def __init__(self, real: Any, executed: Callable[[str, ModuleType], object]) -> None:
        self._real = real
        self._executed = executed

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Like the real loader."""
        return self._real.create_module(spec)  # type: ignore[no-any-return]

    def exec_module(self, module: ModuleType) -> None:
        """Execute the module with the real loader in place, then report it."""
        spec: Any = module.__spec__
        if spec.loader is self:
            spec.loader = self._real
        if getattr(module, "__loader__", None) is self:
            module.__loader__ = self._real
        _executing.append(module)
        try:
            self._real.exec_module(module)
        finally:
            _executing.remove(module)
        self._executed(spec.name, sys.modules.get(spec.name, module))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


def is_executed(module: ModuleType) -> bool:
    """Whether the module's import is over."""
    if is_unloaded(module) or any(module is each for each in _executing):
        return False
    spec = getattr(module, "__spec__", None)
    if str(getattr(spec, "origin", "")).endswith(".py") and "__builtins__" not in vars(module):
        return False  # in sys.modules already, but nothing of it has been executed
    return not getattr(spec, "_initializing", False)


def is_unloaded(module: ModuleType) -> bool:
    """Whether it stands in ``sys.modules`` and is loaded when it is first used."""
    util = sys.modules.get("importlib.util")
    return util is not None and type(module) is util._LazyModule


finder = Finder()


def when_imported(name: str, fn: Callable[[Any], object]) -> None:
    """Call ``fn(module)`` whenever the module ``name`` has been executed, before others see it; now if it is loaded.

    After a reload or a fresh import it is called again. What it raises comes out of the import, with a note that
    names ``fn``. Raises TypeError for what is no name or cannot be called.
    """
    if not isinstance(name, str) or not callable(fn):
        raise TypeError(f"when_imported takes a module's name and a function, not {name!r} and {fn!r}")

    def watcher(name: str, module: ModuleType) -> None:
        try:
            fn(module)
        except Exception as error:
            error.add_note(f"raised by {fn!r}, which when_imported({name!r}) has called")
            raise

    finder.watch(name, watcher)
    module = sys.modules.get(name)
    if module is not None:
        finder.when_loaded(name, module, watcher)
