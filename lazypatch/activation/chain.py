"""Running the ``sitecustomize`` that would have run if lazypatch's own did not stand before it.

Python imports only the first ``sitecustomize`` on ``sys.path``; who wants to have one has to run the next. Others do
that too, each in its own way; some come back to ours, so each file runs once.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

NAME = "sitecustomize"
_external: Any = sys.modules["_frozen_importlib_external"]
_bootstrap: Any = sys.modules["_frozen_importlib"]
_seen: set[str] = set()


def run_next(own: str, kept: str | None = None) -> None:
    """Run the next ``sitecustomize`` after that of the file ``own``, which is then the module of that name.

    ``kept``: a file that was there first, and that is the next one. What it raises is raised here.
    """
    _seen.add(os.path.realpath(own))
    if kept is not None and os.path.exists(kept):
        _run(_bootstrap.spec_from_loader(NAME, _external.SourceFileLoader(NAME, kept), origin=kept))
        return
    for spec in specs_on(path_after(os.path.dirname(own))):
        if origin_of(spec) not in _seen:
            _run(spec)
            return


def path_after(folder: str) -> list[str]:
    """The entries of ``sys.path`` behind ``folder``; all of them if it is not there."""
    path = [each for each in sys.path if isinstance(each, str)]
    places = [index for index, each in enumerate(path) if is_same(each, folder)]
    return path[places[-1] + 1 if places else 0 :]


def specs_on(path: list[str]) -> Iterator[Any]:
    """Each ``sitecustomize`` on ``path``."""
    for each in path:
        spec = _external.PathFinder.find_spec(NAME, [each])
        if spec is not None and spec.loader is not None:
            yield spec


def origin_of(spec: Any) -> str:
    """The real path of the file."""
    return os.path.realpath(spec.origin or "")


def is_same(entry: str, folder: str) -> bool:
    """Whether an entry of ``sys.path`` is ``folder``."""
    return os.path.realpath(entry or ".") == os.path.realpath(folder)


def _run(spec: Any) -> None:
    _seen.add(origin_of(spec))
    module = _bootstrap.module_from_spec(spec)
    sys.modules[NAME] = module
    spec.loader.exec_module(module)
