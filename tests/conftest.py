"""Three kinds of tests, and a watchdog for all of them.

plain      runs in pytest's own process; nothing is patched there.
patched    runs in a forked child in which everything is patched: always the late path, because pytest has
           imported most targets.
fresh      its body runs in a new interpreter, of which ``import lazypatch.auto`` is the first line (``fresh(auto=False)``:
           without it). It imports all it needs, and sees neither arguments nor globals.
"""

import faulthandler
import inspect
import os
import textwrap

import pytest
import pytest_forked
from helpers import python

LIMIT = 20  # seconds for one test

_stderr = None


def pytest_configure(config):
    global _stderr
    _stderr = os.dup(2)  # pytest's capture replaces descriptor 2
    # pytest-forked sends reports through marshal; newer pytest puts an object in that marshal refuses
    serialize = pytest_forked.serialize_report

    def serialize_report(report):
        nodeid = report.nodeid
        report.__dict__.pop("_id", None)
        return {**serialize(report), "nodeid": nodeid}

    pytest_forked.serialize_report = serialize_report


def pytest_collection_modifyitems(items):
    for item in items:
        if item.get_closest_marker("patched"):
            item.add_marker("forked")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    if item.get_closest_marker("forked"):  # the child arms its own: this one would not survive the fork
        return (yield)
    limit = item.get_closest_marker("limit")
    faulthandler.dump_traceback_later(limit.args[0] if limit else LIMIT, exit=True, file=_stderr)
    try:
        return (yield)
    finally:
        faulthandler.cancel_dump_traceback_later()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item):
    if item.get_closest_marker("forked"):
        faulthandler.dump_traceback_later(LIMIT, exit=True, file=_stderr)
    if item.get_closest_marker("patched"):
        import lazypatch

        lazypatch.patch_all()


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    marker = pyfuncitem.get_closest_marker("fresh")
    if marker is None:
        return None
    first = "import faulthandler; faulthandler.enable()"
    if marker.kwargs.get("auto", True):
        first = f"import lazypatch.auto; {first}"
    code = first + body_of(pyfuncitem.function)
    done = python("-c", code, limit=LIMIT - 1)
    assert done.returncode == 0, f"exit status {done.returncode}\n{done.stdout}{done.stderr}"
    return True


def body_of(function):
    """The source of the function's body, on the lines on which it stands in its file."""
    lines, first = inspect.getsourcelines(function)
    start = next(number for number, line in enumerate(lines) if line.rstrip().endswith(":") and "def " in line)
    return "\n" * (first + start) + textwrap.dedent("".join(lines[start + 1 :]))
