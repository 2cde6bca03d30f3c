"""``logging``: imported after activation it has cooperative locks by itself; those made before are replaced."""

from __future__ import annotations

from lazypatch.base import originals
from lazypatch.base.patch import Patch
from lazypatch.runtime.locks import RLock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PATCH = Patch("logging")


def _cooperative(lock: Any) -> Any:
    """A lock in the place of a native one, held by the same thread as often."""
    if type(lock) is not originals.get("_thread", "RLock"):
        return lock
    new = RLock()
    if lock._is_owned():
        state = lock._release_save()
        lock._acquire_restore(state)
        new._acquire_restore(state)
    return new


def repair(names: dict[str, Any]) -> None:
    """The module's lock, and those of the handlers that are alive."""
    import logging  # lazy: only a module that is loaded is repaired

    logging._lock = _cooperative(logging._lock)  # type: ignore[attr-defined]
    for reference in list(logging._handlerList):  # type: ignore[attr-defined]
        handler = reference() if callable(reference) else reference
        if handler is not None and getattr(handler, "lock", None) is not None:
            handler.lock = _cooperative(handler.lock)
