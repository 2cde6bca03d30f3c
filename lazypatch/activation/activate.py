"""Switching on: what is loaded is patched in place, everything else is armed for its import."""

from __future__ import annotations

import sys

from lazypatch.base import originals, settings
from lazypatch.cooperative import INDEX
from lazypatch.patching.apply import apply
from lazypatch.patching.hook import Finder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

_flags: dict[str, bool] = {}
_patched: dict[str, ModuleType] = {}


def patch_all(**flags: bool) -> bool:
    """Make the standard library cooperative.

    Takes the flags of ``lazypatch.base.settings`` as keywords, all true unless said otherwise. A second call adds
    what the first left out and never removes. Returns True. Raises TypeError for a word that is no flag.
    """
    wanted = settings.resolve(flags)
    for name, value in wanted.items():
        _flags[name] = _flags.get(name, False) or value
    targets = [row for row in INDEX.values() if _flags[row.flag]]
    finder.targets.update(row.target for row in targets)
    finder.install()
    for row in targets:
        module = sys.modules.get(row.target)
        if module is not None and _patched.get(row.target) is not module and _is_executed(module):
            _patch(row.target, module, True)
    return True


def _is_executed(module: ModuleType) -> bool:
    return not getattr(module.__spec__, "_initializing", False)


def _patch(target: str, module: ModuleType, late: bool) -> None:
    _patched[target] = module
    apply(target, module, {**_flags, **settings.environment()}, late)


def _executed(target: str, module: ModuleType) -> None:
    _patch(target, module, False)


finder = Finder(_executed)


def is_module_patched(module: str) -> bool:
    """Whether ``module`` is cooperative, or will be as soon as it is imported."""
    return module in finder.targets


def is_object_patched(module: str, item: str) -> bool:
    """Whether ``module.item`` has been replaced, or is a class of which methods have been.

    Imports a target that is merely armed, to look.
    """
    if module not in finder.targets:
        return False
    __import__(module)
    return any(name == item or name.startswith(item + ".") for name in originals.saved(module))
