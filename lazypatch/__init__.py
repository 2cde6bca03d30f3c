"""lazypatch makes the standard library cooperative, as it is imported.

The floors, each of which imports only from those below it::

    auto, __main__   switching on by import and by command
    activation       deciding to patch
    patching         putting cooperative code into the live interpreter
    cooperative      one file per standard module
    runtime          scheduling: hub, tasks, locks, sockets
    base             plain data

Importing the package imports nothing; names are resolved when they are asked for.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_PUBLIC = {
    "LatePatchWarning": "base.errors",
    "PatchError": "base.errors",
    "PatchWarning": "base.errors",
    "Task": "runtime.tasks",
    "TaskKilled": "base.errors",
    "Timeout": "runtime.timeout",
    "get_original": "patching.pristine",
    "is_module_patched": "activation.requests",
    "is_object_patched": "activation.requests",
    "offload": "runtime.offload",
    "patch_all": "activation.activate",
    "patch_builtins": "activation.functions",
    "patch_dns": "activation.functions",
    "patch_module": "activation.modules",
    "patch_os": "activation.functions",
    "patch_queue": "activation.functions",
    "patch_select": "activation.functions",
    "patch_signal": "activation.functions",
    "patch_socket": "activation.functions",
    "patch_ssl": "activation.functions",
    "patch_subprocess": "activation.functions",
    "patch_sys": "activation.functions",
    "patch_thread": "activation.functions",
    "patch_time": "activation.functions",
    "patched": "activation.activate",
    "sleep": "cooperative.time",
    "spawn": "runtime.tasks",
    "status": "activation.report",
    "tasks": "runtime.tasks",
    "when_imported": "patching.hook",
}

__all__ = [*_PUBLIC, "__version__"]
__version__ = "0.1.0"


def _load_own_files_at_once() -> None:
    """Those who import lazily (PEP 810) do not mean the files by which imports are done."""
    others: Any = sys.get_lazy_imports_filter()  # type: ignore[attr-defined]

    def is_lazy(importer: str, name: str, names: Any = None) -> bool:
        return not importer.startswith(f"{__name__}.") and (others is None or others(importer, name, names))

    sys.set_lazy_imports_filter(is_lazy)  # type: ignore[attr-defined]


if hasattr(sys, "set_lazy_imports_filter"):
    _load_own_files_at_once()


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'lazypatch' has no attribute {name!r}")
    from importlib import import_module  # lazy: importing the package imports nothing

    return getattr(import_module(f"lazypatch.{_PUBLIC[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
