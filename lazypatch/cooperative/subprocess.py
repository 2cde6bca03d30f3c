"""``subprocess``: waits for a child on its pidfd; pipes, selectors and locks cooperate by themselves."""

from __future__ import annotations

import subprocess as _module
from os import WNOHANG
from time import monotonic

from lazypatch.base import forking, originals
from lazypatch.base.patch import Patch, StandIn
from lazypatch.runtime.children import await_exit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PATCH = Patch(
    "subprocess",
    ["Popen._wait"],
    optional=["_fork_exec"],
    follows=["call", "check_call", "check_output", "getoutput", "getstatusoutput", "run"],
)


class Popen:
    """The methods that ``subprocess.Popen`` gets."""

    def _wait(self: Any, timeout: float | None) -> int:
        deadline = None if timeout is None else monotonic() + timeout
        while self.returncode is None:
            with self._waitpid_lock:
                if self.returncode is None:
                    pid, status = self._try_wait(WNOHANG)
                    if pid == self.pid:
                        self._handle_exitstatus(status)
                        break
            if not await_exit(self.pid, deadline):
                raise _module.TimeoutExpired(self.args, timeout)  # type: ignore[arg-type]
        return self.returncode  # type: ignore[return-value]


@StandIn("subprocess")
def _fork_exec(_: Any, *args: Any) -> int:
    """Fork and execute; only with ``preexec_fn`` does code of Python's run in the child."""
    forking.come_first()
    return originals.get("subprocess", "_fork_exec")(*args)  # type: ignore[no-any-return]
