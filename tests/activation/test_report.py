import pytest


@pytest.mark.fresh(auto=False)
def test_status_follows_each_target():
    import time

    import lazypatch

    assert set(lazypatch.status().values()) == {"off"}
    import queue

    begin = time.time()
    lazypatch.patch_all(ssl=False)
    states = lazypatch.status()
    assert (states["time"], states["queue"], states["socket"], states["ssl"]) == ("patched", "late", "armed", "off")
    assert states["socket"].since is None
    assert states["socket"].by.startswith("<string>:")
    import socket

    state = lazypatch.status()["socket"]
    assert state == "patched"
    assert begin <= state.since <= time.time()
    assert state.names >= 20
    assert state.by.startswith("<string>:")
    assert int(state.by.split(":")[1]) == int(states["socket"].by.split(":")[1]) + 5
    import asyncio

    assert "/asyncio/" in lazypatch.status()["asyncio.events"].by
    assert asyncio
    assert queue
    assert socket


@pytest.mark.fresh(auto=False)
def test_status_has_the_modules_of_patch_module():
    import types

    import lazypatch

    target, source = types.ModuleType("mine"), types.ModuleType("source")
    target.a, source.a = 1, 2
    handle = lazypatch.patch_module(target, source, ["a"])
    assert lazypatch.status()["mine"] == "patched"
    assert lazypatch.status()["mine"].names == 1
    handle.undo()
    assert "mine" not in lazypatch.status()


def test_a_status_shows_what_is_known():
    from lazypatch.activation.report import Status

    assert repr(Status("late", "app.py:3", 1.0, 4)) == "<late, 4 names, app.py:3>"
    assert repr(Status("off")) == "<off>"
