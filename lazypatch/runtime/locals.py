"""Subclasses of the native ``threading.local`` that were made before activation: changed in place.

In the main task of a native thread their objects keep their values, natively. In another task they get values of its
own, and ``__init__`` is called for them as the native class does for a new thread (Modules/_threadmodule.c: local_new).
"""

from __future__ import annotations

import gc
from _weakref import ref

from lazypatch.base import originals
from lazypatch.runtime import identity
from lazypatch.runtime.local import delete, read, write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_native: Any = originals.get("_thread", "_local")
_spaces: dict[int, dict[int, dict[str, Any]]] = {}  # id of object -> ident of task -> values
_references: dict[int, Any] = {}


def cooperate(kind: type) -> None:
    """Have the objects of ``kind``, a direct subclass of the native class, keep values for each task."""
    members: dict[str, Any] = {
        "__getattribute__": _getattribute,
        "__setattr__": _setattr,
        "__delattr__": _delattr,
    }
    for name, member in members.items():
        if name not in vars(kind):
            setattr(kind, name, member)


def _getattribute(self: Any, name: str) -> Any:
    space = _space(self)
    return _native.__getattribute__(self, name) if space is None else read(self, space, name)


def _setattr(self: Any, name: str, value: Any) -> None:
    space = _space(self)
    if space is None:
        _native.__setattr__(self, name, value)
    else:
        write(self, space, name, value)


def _delattr(self: Any, name: str) -> None:
    space = _space(self)
    if space is None:
        _native.__delattr__(self, name)
    else:
        delete(self, space, name)


def _space(self: Any) -> dict[str, Any] | None:
    """The values of the running task; None in the main task of a native thread."""
    ident = identity.get_ident()
    if ident == identity.native_ident():
        return None
    key = id(self)
    if key not in _references:
        _references[key] = ref(self, lambda _: (_references.pop(key, None), _spaces.pop(key, None)))
        _spaces[key] = {}
    spaces = _spaces[key]
    if ident not in spaces:
        spaces[ident] = {}
        identity.at_end(_End(spaces, ident))
        args, kwargs = _arguments(self)
        type(self).__init__(self, *args, **kwargs)
    return spaces[ident]


class _End:
    """Drops a task's values when it ends."""

    __slots__ = ("_ident", "_spaces")

    def __init__(self, spaces: dict[int, dict[str, Any]], ident: int) -> None:
        self._spaces, self._ident = spaces, ident

    def locked(self) -> bool:
        return self._ident in self._spaces

    def release(self) -> None:
        self._spaces.pop(self._ident, None)


def _arguments(self: Any) -> tuple[Any, Any]:
    """With what the object was made: the native object keeps it, and shows it to the garbage collector alone."""
    held = gc.get_referents(self)
    args = next((each for each in held if type(each) is tuple), ())
    kwargs = next((each for each in held if type(each) is dict and all(isinstance(name, str) for name in each)), {})
    return args, kwargs
