"""What is patched, and what would be."""

from __future__ import annotations

import sys

from lazypatch.activation.requests import active, in_force, sweep, vetoed
from lazypatch.cooperative import INDEX
from lazypatch.patching.apply import cooperative, names_in
from lazypatch.patching.module import by_users, done_to, patched

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lazypatch.cooperative import Row
    from lazypatch.patching.module import Patched


class Status(str):
    """A string: ``off``; ``armed``, that is, waits for the import; ``patched``; ``late``, patched after the import.

    ``since``: seconds since the epoch, None if nothing has been patched; ``by``: the place in the program that
    imported, patched or armed it, as ``file:line``; ``names``: how many are replaced.
    """

    __module__ = "lazypatch"
    since: float | None
    by: str
    names: int

    def __new__(cls, state: str, by: str = "", since: float | None = None, names: int = 0) -> Status:
        self = super().__new__(cls, state)
        self.by, self.since, self.names = by, since, names
        return self

    def __repr__(self) -> str:
        return f"<{self}{f', {self.names} names' if self.names else ''}{f', {self.by}' if self.by else ''}>"


def status() -> dict[str, Status]:
    """Each target that lazypatch knows, and each of ``patch_module``, with its state."""
    sweep()
    flags = in_force()
    result = {target: _status(row, flags) for target, row in INDEX.items()}
    for target, entries in by_users.items():
        for entry in entries:
            if target not in result or result[target] == "off":
                result[target] = _done(entry)
    return result


def _status(row: Row, flags: Mapping[str, bool]) -> Status:
    if not row.is_wanted(flags):
        return Status("off")
    if row.target in vetoed:
        return Status("off", vetoed[row.target])
    if row.target in patched:
        return _done(patched[row.target])
    by = next(request.by for request in active if row.is_wanted(request.flags))
    return Status("armed", by)


def _done(entry: Patched) -> Status:
    return Status("late" if entry.is_late else "patched", entry.by, entry.since, len(entry.replaced))


def latest(target: str) -> Status:
    """The state of a module that has been patched."""
    return _done(done_to(target)[-1])


def table() -> str:
    """``status()`` as lines of text."""
    lines = [(target, state, str(state.names or ""), state.by) for target, state in status().items()]
    return "\n".join(f"{target:28}{state:9}{names:>5}  {by}".rstrip() for target, state, names, by in lines)


class Planned:
    """One name that would be replaced: of which target, under which flag, and by which file."""

    __slots__ = ("file", "flag", "name", "target")

    def __init__(self, target: str, name: str, flag: str, file: str) -> None:
        self.target = target
        self.name = name
        self.flag = flag
        self.file = file

    def __str__(self) -> str:
        return f"{f'{self.target}.{self.name}':48} {self.flag:12} {self.file}"


def plan(flags: Mapping[str, bool]) -> Iterator[Planned]:
    """Every name that these flags would replace on this interpreter. Imports the targets; patches nothing."""
    for target, row in INDEX.items():
        try:
            patch = cooperative(target).PATCH
        except ImportError:  # a target that the platform does not have
            continue
        for name in names_in(sys.modules[target], patch, flags):
            flag = patch.flag_of(name, row.flags[0])
            yield Planned(target, name, flag, f"lazypatch/cooperative/{target.replace('.', '/')}.py")
