"""Patching a target with the cooperative file of the same name."""

from __future__ import annotations

import sys

from lazypatch.base import originals
from lazypatch.cooperative import INDEX
from lazypatch.patching.module import Patched, bring_in, patched
from lazypatch.patching.replace import holder_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import ModuleType
    from typing import Any

    from lazypatch.base.patch import Patch

_executions: dict[str, Any] = {}  # target -> the spec of the execution for which its file was loaded


def apply(target: str, module: ModuleType, flags: Mapping[str, bool], is_anew: bool = False) -> bool:
    """Patch ``module`` with the cooperative file of ``target``: the names whose flags are on and that are not yet.

    ``is_anew``: it has just been executed; otherwise it was there already, and what it has created may need repair.
    Returns False if somebody vetoed it.
    """
    earlier = patched.get(target)
    source = cooperative(target, is_stale(target, module))
    if earlier is None or is_anew or earlier.module is not module:
        entry = Patched(target, module, source, not is_anew and not INDEX[target].is_early)
    else:
        entry = earlier
    patch = source.PATCH
    done = set(entry.names())
    names = [name for name in names_in(module, patch, flags) if name not in done]
    is_repaired = not is_anew and entry is not earlier and hasattr(source, "repair")
    patched[target] = entry
    if not names and not is_repaired:
        return True
    is_done = False
    try:
        is_done = bring_in(entry, names, patch.optional) is not None
    finally:
        if not is_done and entry is not earlier:
            patched.pop(target)
    if is_done:
        _note_copies(entry, patch.copies)
        if is_repaired:
            source.repair(originals.saved(target))
    return is_done


def names_in(module: ModuleType, patch: Patch, flags: Mapping[str, bool]) -> Iterator[str]:
    """The names that these flags replace in ``module``, less the optional ones that it does not have."""
    for name in patch.names(flags, INDEX[patch.target].flags[0]):
        holder, attribute = holder_of(module, name)
        if name not in patch.optional or holder is not None and hasattr(holder, attribute):
            yield name


def _note_copies(entry: Patched, copies: Mapping[str, tuple[str, str]]) -> None:
    """The original of a copy is the original of what was copied."""
    for each in entry.replaced:
        elsewhere, name = copies.get(each.name, ("", ""))
        if originals.has(elsewhere, name):
            each.original = originals.get(elsewhere, name)
            originals.save(entry.target, each.name, each.original)


def cooperative(target: str, anew: bool = False) -> Any:
    """The file of floor 2 for ``target``; loading it loads the target.

    ``anew``: execute the file once more, because the target has been: what it keeps of the target would be stale.
    """
    if target not in INDEX:
        raise LookupError(f"lazypatch has no cooperative version of {target!r}")
    name = f"lazypatch.cooperative.{target}"
    if anew:
        sys.modules.pop(name, None)
    if name not in sys.modules:
        __import__(name)
        if target not in sys.modules:
            __import__(target)
        _executions[target] = sys.modules[target].__spec__
    return sys.modules[name]


def is_stale(target: str, module: ModuleType) -> bool:
    """Whether the target has been executed since its file was: each execution has a spec of its own."""
    return target in _executions and _executions[target] is not module.__spec__
