"""What programs made or copied before activation is put right: one pass over the heap.

Locks, locals, queues and polling objects that are native are exchanged for cooperative ones that stand for them, held
or not; so are references to functions and classes that have been replaced. What cannot be exchanged is reported.
"""

from __future__ import annotations

import gc
import sys
import types

from lazypatch.base import originals
from lazypatch.cooperative import INDEX
from lazypatch.patching.copies import copied, is_function
from lazypatch.patching.heap import Swap, chunks
from lazypatch.patching.hook import is_unloaded
from lazypatch.patching.module import patched
from lazypatch.runtime.adopted import AdoptedLock, AdoptedRLock
from lazypatch.runtime.references import with_unknown_references

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from lazypatch.patching.replace import Replaced

_UNDISTURBED = 10.0  # seconds
_FROZEN = 1000  # objects; the interpreter itself freezes a few hundred (3.12)
_HAVE_GC = 1 << 14  # Py_TPFLAGS_HAVE_GC (Include/object.h): the collector knows the instances


def repair(flags: Mapping[str, bool]) -> list[tuple[Any, Any]]:
    """Put right what exists; returns what could not be, and what refers to it.

    ``flags``: with ``existing_locks`` off, locks and locals stay; with ``logging`` off, those of ``logging``.
    """
    interval = sys.getswitchinterval()
    sys.setswitchinterval(_UNDISTURBED)  # other native threads may change what we look at
    is_frozen = gc.get_freeze_count() > _FROZEN
    if is_frozen:
        gc.unfreeze()  # what is frozen does not show
    try:
        return _repair(flags)
    finally:
        sys.setswitchinterval(interval)
        if is_frozen:
            gc.freeze()


def _repair(flags: Mapping[str, bool]) -> list[tuple[Any, Any]]:
    pairs: list[tuple[Any, Any]] = [(each.original, each.replacement) for each in _replaced()]
    adopters, of_locks = _adopters(), _lock_adopters(flags)
    untracked = _with_instances([kind for kind in adopters if not kind.__flags__ & _HAVE_GC])
    every = gc.get_objects()  # not before references have been counted
    kinds = {*adopters, *of_locks}
    found = [each for each in every if type(each) in kinds]
    if untracked:
        found += {id(each): each for each in _referents(every) if type(each) in untracked}.values()
    every.clear()
    if flags["existing_locks"]:
        _cooperate_local_classes()
    made = list(_locks(flags, of_locks, found))
    pairs += [(each.native, each.new) for each in made]
    for kind, adopt in adopters.items():
        natives = [each for each in found if type(each) is kind]
        pairs += [pair for pair in zip(natives, adopt(natives), strict=True) if pair[1] is not None]
        natives.clear()
    found.clear()
    if not pairs:
        return []
    swap = _swap(pairs)
    leftovers = swap.carry_out()
    pairs.clear()
    _emancipate([each for each in made if id(each.new) not in swap.bound])
    return [(old, referrer) for old, referrer in leftovers if not _is_harmless(old, referrer)]


def give_back(undone: list[Replaced]) -> None:
    """Have who copied a replacement refer to the original again; one that stands for several stays, and works."""
    originally: dict[int, set[int]] = {}
    functions = [each for each in undone if is_function(each)]
    for each in functions:
        originally.setdefault(id(each.replacement), set()).add(id(each.original))
    pairs = [(each.replacement, each.original) for each in functions if len(originally[id(each.replacement)]) == 1]
    if pairs:
        _swap(pairs).carry_out()


def _swap(pairs: list[tuple[Any, Any]]) -> Swap:
    return Swap(pairs, _is_left_alone(), _targets())


def _replaced() -> Iterator[Replaced]:
    """The functions that somebody has copied, and the classes that somebody may have."""
    every = [each for target, entry in patched.items() if target != "sys" for each in entry.replaced]
    yield from copied(every)
    for each in every:
        if "." not in each.name and isinstance(each.original, type) and each.original is not each.replacement:
            yield each


class _Made:
    """A lock and what takes its place."""

    __slots__ = ("native", "new")

    def __init__(self, native: Any, new: Any) -> None:
        self.native = native
        self.new = new


def _lock_adopters(flags: Mapping[str, bool]) -> dict[Any, Any]:
    if not (flags["existing_locks"] or flags["logging"]):
        return {}
    lock, rlock = originals.get("_thread", "LockType"), originals.get("_thread", "RLock")
    return {lock: AdoptedLock, rlock: AdoptedRLock, originals.get("_thread", "_local"): _adopt_local}


def _locks(flags: Mapping[str, bool], adopters: dict[Any, Any], found: list[Any]) -> Iterator[_Made]:
    kept = set(map(id, [*originals.kept(), *_sentinels()]))
    of_logging = set(map(id, _of_logging()))
    for native in found:
        flag = "logging" if id(native) in of_logging else "existing_locks"
        if type(native) in adopters and flags[flag] and id(native) not in kept:
            yield _Made(native, adopters[type(native)](native))


def _adopt_local(native: Any) -> Any:
    from lazypatch.runtime.local import adopt  # lazy: like the others, only what exists needs it

    return adopt(native)


def _sentinels() -> Iterator[Any]:
    """The locks by which the interpreter tells that a native thread has ended (until 3.12)."""
    threading: Any = sys.modules.get("threading")
    if threading is not None:
        yield from getattr(threading, "_shutdown_locks", ())
        for thread in list(threading._active.values()):
            yield getattr(thread, "_tstate_lock", None)


def _of_logging() -> Iterator[Any]:
    logging: Any = sys.modules.get("logging")
    if logging is not None:
        yield logging._lock
        for reference in list(logging._handlerList):
            yield getattr(reference() if callable(reference) else reference, "lock", None)


def _cooperate_local_classes() -> None:
    native = originals.get("_thread", "_local")
    kinds = [kind for kind in native.__subclasses__() if not kind.__module__.startswith("lazypatch.")]
    if kinds:
        from lazypatch.runtime.locals import cooperate  # lazy: only classes that exist need it

        for kind in kinds:
            cooperate(kind)


def _adopters() -> dict[Any, Any]:
    """For C types of which a cooperative file makes cooperative objects: a function from those that exist to these.

    None stands for one that stays.
    """
    adopters: dict[Any, Any] = {}
    for entry in patched.values():
        adopters.update(getattr(entry.source, "adopts", dict)())
    return adopters


def _with_instances(kinds: list[Any]) -> set[Any]:
    """Each instance refers to its type; what else does is known to the collector, as for a class without instances."""
    return set(with_unknown_references(kinds, lambda: type("Sample", (), {}))) if kinds else set()


def _referents(objects: list[Any]) -> Iterator[Any]:
    for chunk in chunks(objects):
        yield from gc.get_referents(*chunk)


def _emancipate(made: list[_Made]) -> None:
    """Those of which nobody has the native lock any longer, and which nobody holds, become locks like others.

    Not those of which somebody has bound methods, which are an adopted lock's.
    """
    for kind, name in ((AdoptedLock, "allocate_lock"), (AdoptedRLock, "RLock")):
        own = [each for each in made if type(each.new) is kind]
        native = originals.get("_thread", name)()
        sample = _Made(native, kind(native))
        del native
        unshared = sys.getrefcount(sample.native)
        for each in own:
            if sys.getrefcount(each.native) == unshared and not each.new.locked():
                each.new.emancipate()


def _is_left_alone() -> Callable[[Any], bool]:
    """Our own references to what is native, and those of C modules, from which we have it."""
    ids = set(map(id, originals.tables()))
    for name, module in list(sys.modules.items()):
        if is_unloaded(module) or not hasattr(module, "__dict__"):
            continue
        if name.startswith("lazypatch.") or name == "subprocess" or _is_extension(module):
            ids.add(id(vars(module)))

    def is_left_alone(referrer: Any) -> bool:
        if id(referrer) in ids:
            return True
        kind = type(referrer)
        if kind.__module__.startswith("lazypatch."):
            return True
        module = getattr(referrer, "__module__", None) if kind in (types.FunctionType, type) else None
        if kind is types.FrameType:
            module = referrer.f_globals.get("__name__")
        return isinstance(module, str) and module.startswith(("lazypatch.", "subprocess"))

    return is_left_alone


def _targets() -> set[int]:
    """The dictionaries of the targets: what is to be replaced there has been, by name."""
    loaded = [module for module in map(sys.modules.get, INDEX) if module is not None and not is_unloaded(module)]
    return {id(vars(module)) for module in loaded}


def _is_extension(module: Any) -> bool:
    loader = getattr(getattr(module, "__spec__", None), "loader", None)
    name = getattr(loader, "__name__", type(loader).__name__)
    return name in ("BuiltinImporter", "ExtensionFileLoader")


def _is_harmless(old: Any, referrer: Any) -> bool:
    """References that nobody calls: of the interpreter's own tables, of annotations, of the old objects' own types.

    A text file refers to a buffered one, which has been changed in place.
    """
    kind = type(referrer)
    if kind.__name__ == "TextIOWrapper":
        return True
    if isinstance(old, type) and issubclass(kind, (type, old)):
        return not (issubclass(kind, type) and old in referrer.__bases__ and old.__name__ != "_local")
    return kind.__name__ in ("GenericAlias", "UnionType", "Union", "builtin_function_or_method", "module")
