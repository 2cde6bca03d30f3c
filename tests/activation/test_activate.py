import pytest


@pytest.mark.fresh(auto=False)
def test_only_what_is_asked_for_is_patched():
    import lazypatch

    flags = dict.fromkeys(("socket", "dns", "select", "thread", "os", "ssl", "signal", "queue"), False)
    assert lazypatch.patch_all(time=True, **flags)
    assert lazypatch.is_module_patched("time")
    for name in ("_thread", "threading", "socket", "select", "ssl", "queue", "os"):
        assert not lazypatch.is_module_patched(name)
    import socket
    import threading

    assert "lazypatch" not in str(socket.socket.recv)
    from lazypatch.runtime.locks import Lock

    assert not isinstance(threading.Lock(), Lock)


@pytest.mark.fresh(auto=False)
def test_a_second_call_adds_and_never_removes():
    import lazypatch

    lazypatch.patch_all(ssl=False)
    assert not lazypatch.is_module_patched("ssl")
    import warnings

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        lazypatch.patch_all(time=False)
    assert [warning.category for warning in caught] == [lazypatch.PatchWarning]
    assert "the union of all that were true" in str(caught[0].message)
    assert caught[0].filename == "<string>"
    assert lazypatch.is_module_patched("ssl")
    assert lazypatch.is_module_patched("time")


@pytest.mark.fresh(auto=False)
def test_switching_on_twice_is_switching_on_once():
    import sys
    import time

    import lazypatch

    lazypatch.patch_all()
    sleep, original = time.sleep, lazypatch.get_original("time", "sleep")
    lazypatch.patch_all()
    import lazypatch.auto

    assert time.sleep is sleep
    assert lazypatch.get_original("time", "sleep") is original
    assert sum(type(finder).__module__ == "lazypatch.patching.hook" for finder in sys.meta_path) == 1
