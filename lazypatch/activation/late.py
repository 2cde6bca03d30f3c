"""Activation after targets were imported: repair, and one warning of what could not be repaired."""

from __future__ import annotations

import gc
import sys

from lazypatch.base.errors import LatePatchWarning, warn
from lazypatch.patching.hook import is_unloaded
from lazypatch.patching.late import repair
from lazypatch.patching.module import patched

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_SHOWN = 20  # references that the warning lists


def put_right(flags: Mapping[str, bool]) -> None:
    """Repair what exists; warn at the user's line of what cannot be repaired, if there is anything."""
    leftovers = repair(flags)
    if not leftovers:
        return
    lines = [_line(old, referrer) for old, referrer in leftovers[:_SHOWN]]
    if len(leftovers) > _SHOWN:
        lines.append(f"and {len(leftovers) - _SHOWN} more")
    lines = list(dict.fromkeys(lines))
    listed = "".join(f"\n  {line}" for line in lines)
    warn(
        f"switched on too late for these, which stay native and block all threads when they wait:{listed}",
        LatePatchWarning,
    )


def _line(old: Any, referrer: Any) -> str:
    target = _target_of(old)
    name = f"{target}.{old.__name__}" if target else repr(old)
    first = f"; {target} was first imported by {_first_importer(target)}" if target else ""
    return f"{name}, referred to by {_place(referrer)}{first}: switch lazypatch on before that"


def _target_of(old: Any) -> str:
    for target, entry in patched.items():
        if any(each.original is old for each in entry.replaced):
            return target
    return ""


def _place(referrer: Any) -> str:
    if issubclass(type(referrer), type):  # not isinstance, which asks a proxy for its __class__
        return f"class {referrer.__module__}.{referrer.__qualname__}"
    what = f"a {type(referrer).__name__}"
    for owner in gc.get_referrers(referrer):
        if type(owner) is dict and "__spec__" in owner and "__name__" in owner:
            name = next((key for key, value in owner.items() if value is referrer), "?")
            return f"{owner['__name__']}.{name}, {what} ({owner.get('__file__', 'built-in')})"
    return what


def _first_importer(target: str) -> str:
    """The module that, of those that began before ``target`` did, was the last to begin and has a name for it."""
    names = list(sys.modules)
    module = sys.modules.get(target)
    for name in reversed(names[: names.index(target)] if target in names else []):
        importer = sys.modules[name]
        if is_unloaded(importer) or not hasattr(importer, "__dict__"):
            continue
        if any(value is module for value in list(vars(importer).values())):
            return f"{name} ({getattr(importer, '__file__', 'built-in')})"
    return "the interpreter"
