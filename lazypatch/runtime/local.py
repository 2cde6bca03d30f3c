"""Thread-local data, one set of attributes per task.

The attributes of every task stand in one dictionary of the local object, by ident, so they die with it. A task
that ends takes its own out.
"""

from __future__ import annotations

from _weakref import ref

from lazypatch.runtime import identity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_get, _set, _delete = object.__getattribute__, object.__setattr__, object.__delattr__


class local:
    """Cooperative ``threading.local``: subclasses get ``__init__`` called once in each task that touches them."""

    __slots__ = ("__weakref__", "_local__args", "_local__early", "_local__spaces")

    def __new__(cls, /, *args: Any, **kwargs: Any) -> local:
        if (args or kwargs) and cls.__init__ is object.__init__:
            raise TypeError("Initialization arguments are not supported")
        self = object.__new__(cls)
        _set(self, "_local__args", (args, kwargs))
        _set(self, "_local__spaces", {})
        _set(self, "_local__early", None)
        _make_space(self)
        return self

    def __getattribute__(self, name: str) -> Any:
        space = _space(self)
        if name == "__dict__":
            return space
        if name in space and (type(self) is local or not _is_data_descriptor(type(self), name)):
            return space[name]
        return _get(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        write(self, _space(self), name, value)

    def __delattr__(self, name: str) -> None:
        delete(self, _space(self), name)

    def __dir__(self) -> list[str]:
        return sorted({*dir(type(self)), *_space(self)})


def read(self: Any, space: dict[str, Any], name: str) -> Any:
    """The attribute ``name`` of a local object whose values for the running task are in ``space``."""
    if name == "__dict__":
        return space
    if name in space and not _is_data_descriptor(type(self), name):
        return space[name]
    return _get(self, name)


def write(self: Any, space: dict[str, Any], name: str, value: Any) -> None:
    """Set it."""
    if name == "__dict__":
        raise AttributeError(f"{type(self).__name__!r} object attribute '__dict__' is read-only")
    if _is_data_descriptor(type(self), name):
        _set(self, name, value)
    else:
        space[name] = value


def delete(self: Any, space: dict[str, Any], name: str) -> None:
    """Delete it."""
    if name == "__dict__":
        raise AttributeError(f"{type(self).__name__!r} object attribute '__dict__' is read-only")
    if _is_data_descriptor(type(self), name):
        _delete(self, name)
    elif name in space:
        del space[name]
    else:
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")


def adopt(native: Any) -> local:
    """A local in the place of a native one, whose values stay those of the native threads."""
    self = object.__new__(local)
    _set(self, "_local__args", ((), {}))
    _set(self, "_local__spaces", {})
    _set(self, "_local__early", native)
    return self


def _space(self: local) -> dict[str, Any]:
    try:
        ident = identity.getcurrent().ident
    except (AttributeError, RuntimeError):
        ident = identity.bearers_ident()
    try:
        return _get(self, "_local__spaces")[ident]  # type: ignore[no-any-return]
    except KeyError:
        early = _get(self, "_local__early")
        if early is not None and ident == identity.native_ident():
            space = _get(self, "_local__spaces")[ident] = early.__dict__
            return space  # type: ignore[no-any-return]
        space = _make_space(self)
        args, kwargs = _get(self, "_local__args")
        type(self).__init__(self, *args, **kwargs)
        return space


def _make_space(self: local) -> dict[str, Any]:
    ident = identity.get_ident()
    spaces: dict[int, dict[str, Any]] = _get(self, "_local__spaces")
    space = spaces[ident] = {}
    identity.at_end(_Space(self, ident))
    return space


class _Space:
    """What one task keeps in one local, given up when the task ends."""

    __slots__ = ("_ident", "_local")

    def __init__(self, self_: local, ident: int) -> None:
        self._local = ref(self_)
        self._ident = ident

    def locked(self) -> bool:
        return self._local() is not None

    def release(self) -> None:
        alive = self._local()
        if alive is not None:
            _get(alive, "_local__spaces").pop(self._ident, None)


def _is_data_descriptor(kind: type, name: str) -> bool:
    for base in kind.__mro__:
        if name in base.__dict__:
            found = type(base.__dict__[name])
            return hasattr(found, "__set__") or hasattr(found, "__delete__")
    return False


local.__module__ = "_thread"
local.__qualname__ = local.__name__ = "_local"
