"""Events of patching, and who hears of them.

Subscribers are called first, in the order in which they stand in ``subscribers``, then plugins: entry points of the
groups that the classes name, found in what is installed. Each is called with the event. Module events come when the
module is patched, which for most is at its import.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import ModuleType
    from typing import Any

subscribers: list[Callable[[Any], object]] = []
plugins: Callable[[Any], object] | None = None  # set once a plugin is known to be installed


class DoNotPatch(BaseException):
    """Raised by a subscriber of a "will" event: leave this module alone, or everything."""

    __module__ = "lazypatch.events"


class Event:
    """What all events have: ``group``, the entry point group whose plugins are called with it."""

    __module__ = "lazypatch.events"
    group = ""

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {getattr(self, 'module_name', '')}".rstrip() + ">"


class PatchAllEvent(Event):
    """``patch_all_arguments``: flag -> value, as given or by default; ``patch_all_kwargs``: the unknown keywords."""

    __module__ = "lazypatch.events"

    def __init__(self, arguments: Mapping[str, bool], kwargs: Mapping[str, Any]) -> None:
        self._arguments = dict(arguments)
        self._kwargs = dict(kwargs)

    @property
    def patch_all_arguments(self) -> dict[str, bool]:
        """A copy: changing it changes nothing."""
        return dict(self._arguments)

    @property
    def patch_all_kwargs(self) -> dict[str, Any]:
        """A copy: changing it changes nothing."""
        return dict(self._kwargs)

    def will_patch_module(self, module_name: str) -> bool:
        """Whether the flag of that name is on; False for a word that is no flag."""
        return bool(self._arguments.get(module_name))


class WillPatchAll(PatchAllEvent):
    """``patch_all`` has been called and has done nothing yet. ``DoNotPatch`` cancels all of it.

    Plugins: group ``lazypatch.plugins.will_patch_all``.
    """

    __module__ = "lazypatch.events"
    group = "lazypatch.plugins.will_patch_all"


class DidPatchBuiltinModules(PatchAllEvent):
    """``patch_all`` has patched what is loaded and armed the rest: the time for patches of your own.

    Plugins: group ``lazypatch.plugins.did_patch_builtins``.
    """

    __module__ = "lazypatch.events"
    group = "lazypatch.plugins.did_patch_builtins"


class DidPatchAll(PatchAllEvent):
    """``patch_all`` is about to return.

    Plugins: group ``lazypatch.plugins.did_patch_all``.
    """

    __module__ = "lazypatch.events"
    group = "lazypatch.plugins.did_patch_all"


class ModuleEvent(Event):
    """``source``: where the names come from; ``target``: the module that is patched; ``module_name``: its name."""

    __module__ = "lazypatch.events"

    def __init__(self, source: Any, target: ModuleType, module_name: str) -> None:
        self.source = source
        self.target = target
        self.module_name = module_name


class WillPatchModule(ModuleEvent):
    """A module is about to be patched. ``DoNotPatch`` leaves it alone.

    ``target_item_names`` is the list of the names that will be replaced, and may be changed.
    Plugins: group ``lazypatch.plugins.will_patch_module``.
    """

    __module__ = "lazypatch.events"
    group = "lazypatch.plugins.will_patch_module"

    def __init__(self, source: Any, target: ModuleType, module_name: str, target_item_names: list[str]) -> None:
        super().__init__(source, target, module_name)
        self.target_item_names = target_item_names


class DidPatchModule(ModuleEvent):
    """A module has been patched.

    Plugins: group ``lazypatch.plugins.did_patch_module``.
    """

    __module__ = "lazypatch.events"
    group = "lazypatch.plugins.did_patch_module"


GROUPS = tuple(
    kind.group for kind in (WillPatchAll, WillPatchModule, DidPatchModule, DidPatchBuiltinModules, DidPatchAll)
)


def notify(event: Event) -> None:
    """Tell the subscribers, then the plugins. What one of them raises keeps the event from those that follow."""
    for subscriber in list(subscribers):
        subscriber(event)
    if plugins is not None:
        plugins(event)
