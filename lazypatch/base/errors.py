"""What lazypatch raises and warns with."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType


class PatchError(Exception):
    """A request that cannot be carried out; the text names the object and the remedy."""

    __module__ = "lazypatch"


class PatchWarning(RuntimeWarning):
    """Patching went ahead, but not everything will behave as the user may expect."""

    __module__ = "lazypatch"


class LatePatchWarning(PatchWarning):
    """Something that was imported, copied or made before activation could not be made cooperative."""

    __module__ = "lazypatch"


class TaskKilled(BaseException):
    """Raised inside a task by ``task.kill()`` when no other exception is given."""

    __module__ = "lazypatch"


_OURS = ("lazypatch.base.", "lazypatch.patching.", "lazypatch.activation.", "lazypatch.auto", "importlib._bootstrap")
_VARIABLE = "the environment variable LAZYPATCH"  # has ``site`` call us


def callers_frame() -> FrameType | None:
    """The innermost frame that is neither lazypatch's nor the import system's; None if there is none."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and (
        str(frame.f_globals.get("__name__")).startswith(_OURS) or frame.f_code.co_name == "exec_module"  # of an agent
    ):
        frame = frame.f_back
    return None if frame is None or _is_our_command(frame) else frame


def _is_our_command(frame: FrameType) -> bool:
    spec = frame.f_globals.get("__spec__")
    return frame.f_globals.get("__name__") == "__main__" and getattr(spec, "name", "") == "lazypatch.__main__"


def callers_line() -> str:
    """Where ``callers_frame()`` is, as ``file:line``."""
    frame = callers_frame()
    if frame is None:
        return "the command line"
    file = _file(frame)
    return file if file == _VARIABLE else f"{file}:{frame.f_lineno}"


def _file(frame: FrameType) -> str:
    return _VARIABLE if frame.f_globals.get("__name__") == "site" else frame.f_code.co_filename


def warn(message: str, category: type[Warning] = PatchWarning) -> None:
    """Issue a warning at the line of the user's that called lazypatch."""
    import warnings  # lazy: mostly there is nothing to say

    frame = callers_frame()
    if frame is None:
        warnings.warn(message, category, stacklevel=2)
    else:
        place = frame.f_globals.setdefault("__warningregistry__", {})
        name = str(frame.f_globals.get("__name__"))
        warnings.warn_explicit(message, category, _file(frame), frame.f_lineno, name, place)
