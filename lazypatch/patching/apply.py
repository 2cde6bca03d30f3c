"""Replacing names in a module, with the originals kept; the one mechanism, for lazypatch's own files too."""

from __future__ import annotations

import sys

from lazypatch.base import originals
from lazypatch.cooperative import INDEX

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import ModuleType
    from typing import Any

_MISSING: Any = object()
_Function: Any = type(lambda: None)


def apply(target: str, module: ModuleType, flags: Mapping[str, bool], late: bool) -> list[str]:
    """Patch ``module`` with the cooperative file of ``target``; returns the names that were replaced.

    ``late``: the module was imported before activation, and what it has created may need repair.
    """
    source = cooperative(target, anew=bool(originals.saved(target)))
    patch = source.PATCH
    names = replace(module, source, patch.names(flags), patch.optional, target)
    for name, (elsewhere, original) in patch.copies.items():
        if name in names and originals.has(elsewhere, original):
            originals.save(target, name, originals.get(elsewhere, original))
    if late and hasattr(source, "repair"):
        source.repair(originals.saved(target))
    return names


def cooperative(target: str, anew: bool = False) -> Any:
    """The file of floor 2 for ``target``; loading it loads the target.

    ``anew``: execute the file once more, because the target has been: what it keeps of the target would be stale.
    """
    if target not in INDEX:
        raise LookupError(f"lazypatch has no cooperative version of {target!r}")
    name = f"lazypatch.cooperative.{target}"
    if anew:
        sys.modules.pop(name, None)
    __import__(name)
    return sys.modules[name]


def replace(
    module: ModuleType, source: Any, names: Iterable[str], optional: Iterable[str] = (), target: str | None = None
) -> list[str]:
    """Put ``source``'s version of each (dotted) name into ``module``; returns the names replaced.

    Raises AttributeError that names module and attribute if the module lacks one that is not optional.
    """
    target = target or module.__name__
    done = []
    for name in names:
        holder, attribute = _holder(module, name)
        current = _MISSING if holder is None else _current(holder, attribute)
        if current is _MISSING:
            if name in optional:
                continue
            raise AttributeError(f"cannot patch {target}.{name}: this Python's {target} has no such attribute")
        replacement = _lookup(source, name)
        if isinstance(replacement, _Function):
            replacement.__module__ = target
        if current is not replacement or not originals.has(target, name):
            originals.save(target, name, current)
        setattr(holder, attribute, replacement)
        done.append(name)
    return done


def _holder(module: Any, name: str) -> tuple[Any, str]:
    owner, _, attribute = name.rpartition(".")
    return (getattr(module, owner, None) if owner else module), attribute


def _current(holder: Any, attribute: str) -> Any:
    """What stands under the name now; for a class the plain object, inherited or not, without binding it."""
    if not isinstance(holder, type):
        return getattr(holder, attribute, _MISSING)
    for base in holder.__mro__:
        if attribute in vars(base):
            return vars(base)[attribute]
    return _MISSING


def _lookup(source: Any, name: str) -> Any:
    owner, _, attribute = name.rpartition(".")
    if not owner:
        return getattr(source, attribute)
    return _current(getattr(source, owner), attribute)
