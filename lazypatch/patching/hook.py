"""The import hook: a finder that patches a target as it is executed, before any other code can see it.

It finds nothing by itself: it asks the finders behind it on ``sys.meta_path`` and puts a loader of its own around
what they find. That loader gives module and spec the real one back, lets it execute the module, and reports. All
of this goes on under the module's import lock.
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


class Finder:
    """Stands first on ``sys.meta_path`` and calls ``executed(name, module)`` after each execution of a target."""

    def __init__(self, executed: Callable[[str, ModuleType], object]) -> None:
        self.targets: set[str] = set()
        self._executed = executed
        self._searching: set[tuple[int, str]] = set()

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec that the other finders have for a target, with our loader; None for everything else."""
        key = get_ident(), name
        if name not in self.targets or key in self._searching:
            return None
        self._searching.add(key)  # another finder may ask the whole path again
        try:
            spec = self._find(name, path, target)
        finally:
            self._searching.discard(key)
        if spec is not None and hasattr(spec.loader, "exec_module"):
            spec.loader = Loader(spec.loader, self._executed)  # type: ignore[assignment]
        return spec

    def _find(self, name: str, path: Sequence[str] | None, target: ModuleType | None) -> ModuleSpec | None:
        for finder in list(sys.meta_path):
            if finder is not self and hasattr(finder, "find_spec"):
                spec = finder.find_spec(name, path, target)
                if spec is not None:
                    return spec
        return None

    def install(self) -> None:
        """Go to the front of ``sys.meta_path``."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        sys.meta_path.insert(0, self)

    def uninstall(self) -> None:
        """Leave ``sys.meta_path``."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)


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
        self._real.exec_module(module)
        self._executed(spec.name, sys.modules.get(spec.name, module))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)
