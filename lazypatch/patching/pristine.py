"""Modules as the stdlib has them, and the answer to "what was this before?".

For a replaced attribute the table has the very object. A class or function that the stdlib wrote in Python on top of
replaced primitives (``threading.Event``, ``queue.Queue``) is another matter: it is the same object as ever, and
cooperative. Its original comes from a pristine copy of its module: the source executed once more, with imports
that lead to originals. Exceptions and enums are shared with the live module, so they can be caught and compared.
"""

from __future__ import annotations

import builtins
import sys

from lazypatch.base import originals
from lazypatch.cooperative import INDEX

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType
    from typing import Any

_copies: dict[str, ModuleType] = {}
_Module: Any = type(sys)
_Function: Any = type(lambda: None)


def get_original(module: str | Sequence[str], item: str | Sequence[str]) -> Any:
    """The original of ``module.item``; what was never patched is returned as it is.

    ``module``: a name, or several alternatives, the first of which that can be imported counts. ``item``: a name,
    dotted for a member of a class, or several names, for which a list is returned. Imports the module if need be.
    Raises ImportError if there is no such module and AttributeError if it has no such item.
    """
    name = module if isinstance(module, str) else _first_importable(module)
    if isinstance(item, str):
        return _original(name, item)
    return [_original(name, each) for each in item]


def _first_importable(names: Sequence[str]) -> str:
    for name in names:
        try:
            __import__(name)
        except ImportError:
            continue
        return name
    raise ImportError(f"none of these modules can be imported: {', '.join(names)}")


def _original(module: str, item: str) -> Any:
    __import__(module)
    if originals.has(module, item):
        return originals.get(module, item)
    live: Any = sys.modules[module]
    for part in item.split("."):
        live = getattr(live, part)
    if module not in INDEX or not _is_built_here(live, module):
        return live
    copy: Any = pristine(module)
    for part in item.split("."):
        copy = getattr(copy, part)
    return copy


def _is_built_here(value: Any, module: str) -> bool:
    return isinstance(value, (type, _Function)) and value.__module__ == module and not _is_shared(value)


def _is_shared(value: Any) -> bool:
    if not isinstance(value, type):
        return False
    return issubclass(value, BaseException) or type(value).__name__ in ("EnumType", "EnumMeta")


def pristine(name: str) -> ModuleType:
    """A copy of the target ``name`` that knows only originals, made when it is first asked for."""
    if name not in _copies:
        __import__(name)
        live = sys.modules[name]
        loader: Any = live.__spec__.loader  # type: ignore[union-attr]
        code = loader.get_code(name) if hasattr(loader, "get_code") else None
        copy = _copies[name] = _Module(name, live.__doc__)
        try:
            _native_view(copy, live) if code is None else _execute(copy, live, code)
        except BaseException:
            del _copies[name]
            raise
    return _copies[name]


def _native_view(copy: ModuleType, live: ModuleType) -> None:
    """A C module cannot be executed twice: its attributes, with the originals in place."""
    vars(copy).update(vars(live))
    for name, value in originals.saved(live.__name__).items():
        if "." not in name:
            setattr(copy, name, value)


def _execute(copy: ModuleType, live: ModuleType, code: Any) -> None:
    shared = {name: value for name, value in vars(live).items() if _is_shared(value)}
    copy.__file__ = getattr(live, "__file__", None)
    copy.__spec__ = live.__spec__
    copy.__dict__["__builtins__"] = {**vars(builtins), "__import__": _import}
    # enum's _convert_ writes into sys.modules[__name__]: let it find the copy, under a name of its own
    copy.__name__ = alias = f"lazypatch.pristine.{live.__name__}"
    sys.modules[alias] = copy
    try:
        exec(code, vars(copy))
    finally:
        del sys.modules[alias]
    vars(copy).update(shared)


def _import(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:
    """``__import__`` for pristine modules: targets are pristine too, everything else is as ever."""
    if level == 0 and name in INDEX and "." not in name:
        __import__(name)
        return pristine(name)
    return builtins.__import__(name, globals, locals, fromlist, level)
