"""``signal``: calls ``_signal``; only what it copied from there before activation is replaced."""

from __future__ import annotations

from lazypatch.base.patch import Patch
from lazypatch.cooperative import _signal

_COPIES = ["pause", "pthread_kill", "raise_signal", "set_wakeup_fd", "sigtimedwait", "sigwaitinfo"]

PATCH = Patch(
    "signal",
    optional=_COPIES,
    follows=["getsignal", "pthread_sigmask", "signal", "sigwait"],
    copies={name: ("_signal", name) for name in _COPIES},
)

pause = _signal.pause
pthread_kill = _signal.pthread_kill
raise_signal = _signal.raise_signal
set_wakeup_fd = _signal.set_wakeup_fd
sigtimedwait = _signal.sigtimedwait
sigwaitinfo = _signal.sigwaitinfo
