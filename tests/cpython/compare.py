"""Compares CPython's own tests under the plain interpreter and under lazypatch.

``python compare.py [MODULE...]`` prints, for each module, how many of the tests that pass plain pass patched, and
the losses. Exits with 1 if a loss is not listed in ``losses.txt``, or if fewer than 95% pass.
"""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
MODULES = [
    "test_socket",
    "test_ssl",
    "test_select",
    "test_selectors",
    "test_threading",
    "test_thread",
    "test_threading_local",
    "test_queue",
    "test_time",
    "test_httplib",
    "test_socketserver",
    "test_subprocess",
    "test_os",
    "test_signal",
    "test_fork1",
    "test_wait3",
    "test_wait4",
    "test_pty",
    "test_logging",
    "test_concurrent_futures",
    "test_asyncio",
    "test_multiprocessing_fork",
    "test_multiprocessing_spawn",
]


def outcomes(module, how, log):
    """Run ``module``, as often as hangs and crashes make it necessary; returns test id -> outcome."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "outcomes")
        for _ in range(40):
            path.write_text("")
            stuck = [test for test, outcome in found.items()]
            command = [sys.executable, HERE / "run_module.py", f"test.{module}", path, how, *stuck]
            done = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder, start_new_session=True
            )
            done.wait()
            with contextlib.suppress(ProcessLookupError):  # what a test has left behind
                os.killpg(done.pid, signal.SIGKILL)
            for line in path.read_text().splitlines():
                outcome, _, test = line.partition(" ")
                found[test] = outcome if outcome != "start" else "hang or crash"
            if "hang or crash" not in found.values() or not path.read_text():
                break
            if done.returncode == 0:
                break
    return found


def known_losses():
    """Test id -> reason, from ``losses.txt``."""
    lines = (HERE / "losses.txt").read_text().splitlines()
    rows = (line.partition("  ") for line in lines if line and not line.startswith("#"))
    return {test: reason.strip() for test, _, reason in rows}


def main():
    known = known_losses()
    bad = False
    for module in sys.argv[1:] or MODULES:
        with open(Path(tempfile.gettempdir(), f"lazypatch-{module}.log"), "w") as log:
            plain = outcomes(module, "plain", log)
            print("=" * 30, "patched", file=log, flush=True)
            patched = outcomes(module, "patched", log)
        passing = [test for test, outcome in plain.items() if outcome == "pass"]
        lost = {test: patched.get(test, "missing") for test in passing if patched.get(test) != "pass"}
        kept = len(passing) - len(lost)
        share = kept / len(passing) if passing else 1
        print(f"{module}: {kept} of {len(passing)} ({share:.1%})")
        for test, outcome in lost.items():
            print(f"    {outcome:14} {test}  {known.get(test, 'UNKNOWN')}")
        bad |= share < 0.95 or any(test not in known or "hang" in outcome for test, outcome in lost.items())
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
