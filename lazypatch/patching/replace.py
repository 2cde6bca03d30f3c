"""Replacing names in a module, and putting them back."""

from __future__ import annotations

from lazypatch.base import originals
from lazypatch.base.errors import PatchError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from types import ModuleType
    from typing import Any

MISSING: Any = object()
_Function: Any = type(lambda: None)


class Replaced:
    """One (dotted) name of ``target`` that has been replaced: where it stands, what was there and what is now."""

    __slots__ = ("attribute", "holder", "name", "original", "replacement", "target", "was_own")

    def __init__(self, target: str, name: str, holder: Any, attribute: str, original: Any, replacement: Any) -> None:
        self.target = target
        self.name = name
        self.holder = holder
        self.attribute = attribute
        self.original = original
        self.replacement = replacement
        self.was_own = attribute in getattr(holder, "__dict__", (attribute,))

    def put_in(self) -> None:
        """Replace."""
        setattr(self.holder, self.attribute, self.replacement)
        if isinstance(self.replacement, _Function):
            self.replacement.__module__ = self.target

    def is_in(self) -> bool:
        """Whether the replacement is still there, and not something that somebody else put in its place."""
        return current(self.holder, self.attribute) is self.replacement

    def put_back(self) -> None:
        """Restore the original; an inherited one by removing what hides it."""
        if self.was_own:
            setattr(self.holder, self.attribute, self.original)
        else:
            delattr(self.holder, self.attribute)
        originals.forget(self.target, self.name)


def replace(
    module: ModuleType, source: Any, names: Iterable[str], optional: Collection[str] = (), target: str | None = None
) -> list[Replaced]:
    """Put ``source``'s version of each (dotted) name into ``module``, all or none.

    Raises PatchError that names module and attribute if one of the two lacks one that is not optional.
    """
    target = target or module.__name__
    done = [each for name in names if (each := _prepare(target, module, source, name, optional)) is not None]
    for index, each in enumerate(done):
        try:
            each.put_in()
        except BaseException:
            for earlier in reversed(done[:index]):
                earlier.put_back()
            raise
        if each.original is not each.replacement or not originals.has(target, each.name):
            originals.save(target, each.name, each.original)
    return done


def _prepare(target: str, module: Any, source: Any, name: str, optional: Collection[str]) -> Replaced | None:
    holder, attribute = holder_of(module, name)
    original = MISSING if holder is None else current(holder, attribute)
    if original is MISSING:
        if name in optional:
            return None
        raise PatchError(f"cannot patch {target}.{name}: {target} has no such attribute; leave it out of the items")
    replacement = lookup(source, name)
    if replacement is MISSING:
        where = getattr(source, "__name__", repr(source))
        raise PatchError(f"cannot patch {target}.{name}: {where} has nothing of that name to put there")
    return Replaced(target, name, holder, attribute, original, replacement)


def holder_of(module: Any, name: str) -> tuple[Any, str]:
    """The object on which a dotted name stands (None if it is not there), and the last part of the name."""
    owner, _, attribute = name.rpartition(".")
    for part in owner.split(".") if owner else ():
        module = getattr(module, part, None)
    return module, attribute


def current(holder: Any, attribute: str) -> Any:
    """What stands under the name now; for a class the plain object, inherited or not, without binding it."""
    if not isinstance(holder, type):
        return getattr(holder, attribute, MISSING)
    for base in holder.__mro__:
        if attribute in vars(base):
            return vars(base)[attribute]
    return MISSING


def lookup(source: Any, name: str) -> Any:
    """The replacement that ``source`` has for a dotted name, or MISSING."""
    holder, attribute = holder_of(source, name)
    return MISSING if holder is None else current(holder, attribute)
