"""Events of patching: append a function to ``subscribers``, or install a plugin.

See ``lazypatch.base.events``.
"""

from lazypatch.base.events import (
    DidPatchAll,
    DidPatchBuiltinModules,
    DidPatchModule,
    DoNotPatch,
    WillPatchAll,
    WillPatchModule,
    notify,
    subscribers,
)

__all__ = [
    "DidPatchAll",
    "DidPatchBuiltinModules",
    "DidPatchModule",
    "DoNotPatch",
    "WillPatchAll",
    "WillPatchModule",
    "notify",
    "subscribers",
]
