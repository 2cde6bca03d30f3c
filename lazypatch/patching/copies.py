"""Whether anybody has a copy of what was replaced, told by counting references, which is cheap.

The references that are known are ours, and those of the C modules from which the stdlib has its functions. If there are
more, somebody has said ``from time import sleep`` or the like.
"""

from __future__ import annotations

import sys

from lazypatch.base import originals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from lazypatch.patching.replace import Replaced

_C_MODULES = ("posix", "nt", "_io", "_socket", "_queue", "_multiprocessing", "_posixsubprocess", "_asyncio", "_signal")


class _Sample:
    __slots__ = ("original",)
    original: Any


_sample = _Sample()
_sample.original = object()
_FROM_HERE = sys.getrefcount(_sample.original) - 1  # what looking adds, which differs between versions


def copied(replaced: Iterable[Replaced]) -> list[Replaced]:
    """Those whose original is a function to which somebody else refers; of classes that cannot be told."""
    functions = [each for each in replaced if is_function(each)]
    known: dict[int, int] = {}
    for value in _known(functions):
        known[id(value)] = known.get(id(value), 0) + 1
        del value
    return [each for each in functions if sys.getrefcount(each.original) - _FROM_HERE > known[id(each.original)]]


def is_function(each: Replaced) -> bool:
    """Whether it is a function of a module: what people copy, and what can be exchanged."""
    if "." in each.name or each.original is each.replacement or isinstance(each.original, type):
        return False
    return callable(each.original)


def _known(functions: list[Replaced]) -> Iterator[Any]:
    for each in functions:
        yield each.original
    for name, module in list(sys.modules.items()):
        if name.startswith("lazypatch.") or name in _C_MODULES:
            yield from list(vars(module).values())
    for table in originals.tables():
        yield from list(table.values())
