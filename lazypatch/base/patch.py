"""What a patch is: a target module, the names to replace in it, and when each applies."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    Version = tuple[int, int]


class Patch:
    """The names that one cooperative file replaces in its target.

    ``items`` are attribute names; a dotted name such as ``"socket.recv"`` is a member of a class, which stays
    the class it was. The replacement is found under the same (dotted) name in the file that declares the patch.
    ``since`` and ``until`` hold names for which the Python version matters (``until`` is exclusive), and
    ``under`` holds names that belong to another flag than the file's own. ``optional`` names are replaced where
    the target has them and passed over where the platform does not provide them; they may stand in ``under`` too.
    ``copies`` says of names that the target copied from another one, which: ``{"Lock": ("_thread", "allocate_lock")}``.
    ``follows`` are names that are left as they are, and cooperate because of what they are built on.
    """

    __slots__ = ("copies", "follows", "items", "optional", "since", "target", "under", "until")

    def __init__(
        self,
        target: str,
        items: Sequence[str] = (),
        *,
        since: Mapping[Version, Sequence[str]] | None = None,
        until: Mapping[Version, Sequence[str]] | None = None,
        under: Mapping[str, Sequence[str]] | None = None,
        optional: Sequence[str] = (),
        copies: Mapping[str, tuple[str, str]] | None = None,
        follows: Sequence[str] = (),
    ) -> None:
        self.target = target
        self.items = tuple(items)
        self.since = dict(since or {})
        self.until = dict(until or {})
        self.under = dict(under or {})
        self.optional = frozenset(optional)
        self.copies = dict(copies or {})
        self.follows = frozenset(follows)

    def names(self, flags: Mapping[str, bool], own: str | None = None, version: Version | None = None) -> Iterator[str]:
        """The names that apply on ``version`` (default: this interpreter's) with these flags.

        ``own`` is the flag of what does not stand in ``under``. A flag that ``flags`` does not mention is on.
        """
        if own is None or flags.get(own, True):
            yield from self._own(version or sys.version_info[:2])
        for flag, names in self.under.items():
            if flags.get(flag, True):
                yield from names

    def flag_of(self, name: str, own: str) -> str:
        """The flag under which ``name`` is replaced."""
        return next((flag for flag, names in self.under.items() if name in names), own)

    def _own(self, version: Version) -> Iterator[str]:
        yield from self.items
        for first, names in self.since.items():
            if version >= first:
                yield from names
        for end, names in self.until.items():
            if version < end:
                yield from names
        yield from sorted(self.optional.difference(*self.under.values()))


class StandIn:
    """What replacements of C functions are bound to.

    A C function that a class keeps as an attribute does not bind to the instances, a Python function does. A method
    that is bound already does not, and costs nothing. It pickles as what it stands for.
    """

    __slots__ = ("_module",)

    def __init__(self, module: str) -> None:
        self._module = module

    def __call__(self, function: Any) -> Any:
        """Decorate ``function``, whose first parameter is this object."""
        function.__module__ = self._module
        function.__qualname__ = function.__name__
        return _Method(function, self)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        __import__(self._module)
        return getattr(sys.modules[self._module], name)

    def __reduce__(self) -> tuple[type[StandIn], tuple[str]]:
        return StandIn, (self._module,)

    def __repr__(self) -> str:
        return f"<module {self._module!r}>"


_Method: Any = type(StandIn("").__repr__)
