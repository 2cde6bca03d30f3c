"""The table of originals: what each replaced attribute was before.

Keys are the target's name and the attribute's name; a replaced method of a class is kept under its dotted
name, ``("socket", "socket.recv")``. The table holds the very objects and nothing else.
"""

from __future__ import annotations

import sys
from _weakref import ref

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_table: dict[str, dict[str, Any]] = {}
_kept: list[Any] = []


def save(module: str, name: str, value: Any) -> None:
    """Remember ``value`` as the original of ``module.name``; the latest execution of the module counts."""
    _table.setdefault(module, {})[name] = value


def saved(module: str) -> dict[str, Any]:
    """A copy of what is known of ``module``: attribute name -> original."""
    return dict(_table.get(module, ()))


def tables() -> list[Any]:
    """The very dictionaries of the table."""
    return [_table, *_table.values()]


def forget(module: str, name: str) -> None:
    """Drop one entry, once the attribute is the original again."""
    _table.get(module, {}).pop(name, None)


def has(module: str, name: str) -> bool:
    """Whether ``module.name`` has been replaced."""
    return name in _table.get(module, ())


def get(module: str, name: str) -> Any:
    """The object that ``module.name`` was or is natively; imports ``module`` if need be.

    Raises AttributeError if the module has no such attribute.
    """
    live = sys.modules.get(module) or _load(module)
    names = _table.get(module, {})
    return names[name] if name in names else getattr(live, name)


def find(module: str, name: str) -> Any:
    """Like ``get``, but None if the platform's module has no such attribute."""
    try:
        return get(module, name)
    except AttributeError:
        return None


def native_lock() -> Any:
    """A native lock for lazypatch's own use, which stays native."""
    lock = get("_thread", "allocate_lock")()
    _kept.append(ref(lock, _kept.remove))
    return lock


def kept() -> list[Any]:
    """The native locks that stay native."""
    return [lock for reference in list(_kept) if (lock := reference()) is not None]


def _load(module: str) -> Any:
    __import__(module)
    return sys.modules[module]
