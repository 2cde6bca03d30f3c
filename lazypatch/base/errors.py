"""What lazypatch raises and warns with."""

from __future__ import annotations


class PatchError(Exception):
    """A request that cannot be carried out; the text names the object and the remedy."""

    __module__ = "lazypatch"


class PatchWarning(RuntimeWarning):
    """Patching went ahead, but not everything will behave as the user may expect."""

    __module__ = "lazypatch"


class TaskKilled(BaseException):
    """Raised inside a task by ``task.kill()`` when no other exception is given."""

    __module__ = "lazypatch"
