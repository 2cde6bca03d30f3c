"""``patch_all``, and ``patched`` for a block: what is loaded is patched in place, everything else is armed."""

from __future__ import annotations

from lazypatch.activation import plugins
from lazypatch.activation.requests import Request, active, check_together
from lazypatch.base import settings
from lazypatch.base.errors import PatchError, warn
from lazypatch.patching.module import events

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def patch_all(
    socket: bool = True,
    dns: bool = True,
    time: bool = True,
    select: bool = True,
    thread: bool = True,
    os: bool = True,
    ssl: bool = True,
    httplib: bool = False,
    subprocess: bool = True,
    sys: bool = False,
    aggressive: bool = True,
    Event: bool = True,
    builtins: bool = True,
    signal: bool = True,
    queue: bool = True,
    **kwargs: Any,
) -> Request | bool:
    """Make the standard library cooperative: patch what is imported, and the rest when it is.

    The flags are those of ``lazypatch.base.settings``; other keywords travel to the subscribers of events. A second
    call with the same flags does nothing; another one adds, with a PatchWarning, and never removes. Returns a true
    handle with ``undo()``, or False if a subscriber has cancelled it. Raises PatchError for ``httplib=True``.
    """
    given = dict(locals())
    if httplib:
        raise PatchError(
            "httplib=True: there is nothing to patch in http.client, which cooperates through socket and ssl"
        )
    arguments = {name: bool(given[name]) for name in settings.known()}
    flags = settings.resolve(arguments)
    earlier = [request for request in active if request.name == "patch_all"]
    if any(request.flags == flags for request in earlier):
        return _again(flags)
    _check(arguments, flags, kwargs, bool(earlier))
    plugins.discover()
    if not _tell("WillPatchAll", arguments, kwargs):
        return False
    request = Request("patch_all", flags).carry_out()
    try:
        _tell("DidPatchBuiltinModules", arguments, kwargs)
        _tell("DidPatchAll", arguments, kwargs)
    except BaseException:
        request.withdraw()
        raise
    return request


def _again(flags: dict[str, bool]) -> Request:
    """Nothing to do, but a second one who wants it: it stays until both have undone it."""
    request = Request("patch_all", flags)
    active.append(request)
    return request


def _check(arguments: dict[str, bool], flags: dict[str, bool], kwargs: dict[str, Any], is_again: bool) -> None:
    check_together(flags)
    if is_again:
        warn("patch_all() was called before with other flags: what is patched is the union of all that were true")
    heard = events()
    if kwargs and (heard is None or not heard.subscribers and heard.plugins is None):
        words = ", ".join(sorted(kwargs))
        warn(f"patch_all() got {words}, which it does not know, and nobody subscribes to events who might")


def _tell(event: str, arguments: dict[str, bool], kwargs: dict[str, Any]) -> bool:
    """Tell those who listen; False if one of them cancels."""
    heard = events()
    if heard is None:
        return True
    try:
        heard.notify(getattr(heard, event)(arguments, kwargs))
    except heard.DoNotPatch:
        if event != "WillPatchAll":
            raise
        return False
    return True


class patched:
    """``with patched(socket=True):`` patches for a block and undoes it at its end.

    Flags that are true mean these alone, flags that are false all others, none everything. Raises what ``undo()``
    raises.
    """

    __module__ = "lazypatch"

    def __init__(self, **flags: bool) -> None:
        self._flags = settings.resolve(settings.alone(flags))
        self._request: Request | None = None

    def __enter__(self) -> Request:
        self._request = Request("patched", self._flags).carry_out()
        return self._request

    def __exit__(self, *exc: object) -> None:
        self._request.undo()  # type: ignore[union-attr]
