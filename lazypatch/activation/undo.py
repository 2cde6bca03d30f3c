"""Undoing: every original comes back that no request keeps replaced, or what depends on the patch is named."""

from __future__ import annotations

import sys

from lazypatch.activation.requests import active, executed, in_force, vetoed
from lazypatch.base import settings
from lazypatch.base.errors import PatchError
from lazypatch.cooperative import INDEX
from lazypatch.patching.hook import finder
from lazypatch.patching.late import give_back
from lazypatch.patching.module import patched

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lazypatch.activation.requests import Request
    from lazypatch.patching.module import Patched
    from lazypatch.patching.replace import Replaced


def undo(request: Request) -> None:
    """Withdraw a request; raises PatchError that names what depends on it, and then leaves all as it is."""
    remaining = settings.union(other.flags for other in active if other is not request)
    unwanted = list(_unwanted(remaining))
    obstacles = [*_threads(remaining, unwanted), *_overwritten(unwanted)]
    if obstacles:
        listed = "\n  ".join(obstacles)
        raise PatchError(f"cannot undo {request!r}, because something depends on it:\n  {listed}")
    request.withdraw()


def put_back() -> None:
    """Restore what no active request wants, the latest first, and stop watching for it."""
    flags = in_force()
    unwanted = list(_unwanted(flags))
    entries = {id(entry): entry for entry, _ in unwanted}
    for entry, replaced in reversed(unwanted):
        replaced.put_back()
        entry.replaced.remove(replaced)
    give_back([replaced for _, replaced in unwanted])
    for row in INDEX.values():
        if not row.is_wanted(flags):
            finder.unwatch(row.target, executed)
            vetoed.pop(row.target, None)
            if row.target in patched:
                entry = patched.pop(row.target)
                entries[id(entry)] = entry
    for entry in entries.values():
        if not entry.replaced and hasattr(entry.source, "undo"):
            entry.source.undo()


def _unwanted(flags: Mapping[str, bool]) -> Iterator[tuple[Patched, Replaced]]:
    for target, row in INDEX.items():
        entry = patched.get(target)
        if entry is not None:
            wanted = set(entry.source.PATCH.names(flags, row.flags[0]))
            for replaced in entry.replaced:
                if replaced.name not in wanted:
                    yield entry, replaced


def _threads(remaining: Mapping[str, bool], unwanted: list[tuple[Patched, Replaced]]) -> Iterator[str]:
    """Tasks go on only as long as somebody waits cooperatively."""
    hubs = sys.modules.get("lazypatch.runtime.hub")
    if hubs is None or not unwanted or hubs.here.hub is None or remaining["thread"]:
        return
    from lazypatch.runtime.tasks import tasks  # lazy: mostly nothing is undone

    for report in tasks():
        yield f"thread {report.name} is alive ({report.waits_for or 'ready to run'}); let it end, and join it"


def _overwritten(unwanted: list[tuple[Patched, Replaced]]) -> Iterator[str]:
    for entry, replaced in unwanted:
        yield from entry.overwritten([replaced])
