"""Events, heard by subscribers in fresh interpreters."""

import pytest

GOLDEN = [
    "",
    "WillPatchAll",
    "Will _thread",
    "Did _thread",
    "Will time",
    "Did time",
    "Will os",
    "Did os",
    "Will io",
    "Did io",
    "Will builtins",
    "Did builtins",
    "Will _signal",
    "Did _signal",
    "DidPatchBuiltinModules",
    "DidPatchAll",
    "returned",
    "Will select",
    "Did select",
    "Will selectors",
    "Did selectors",
    "Will socket",
    "Did socket",
    "imported socket",
    "Will threading",
    "Did threading",
    "Will _queue",
    "Did _queue",
    "Will queue",
    "Did queue",
    "imported queue",
    "",
][1:-1]


@pytest.mark.fresh(auto=False)
def test_the_order_of_events_is_that_of_loading():
    import lazypatch
    from lazypatch import events

    heard = []

    def hear(event):
        kind = type(event).__name__
        if kind.endswith("Module"):
            assert event.target.__name__ == event.module_name
            assert event.source.PATCH.target == event.module_name
            assert event.module_name not in ("sys", "ssl")
            heard.append(f"{kind.removesuffix('PatchModule')} {event.module_name}")
        else:
            heard.append(kind)

    import sys

    early = [name for name in ("signal", "threading", "socket", "queue", "select") if name in sys.modules]
    assert early == [], f"this interpreter loads {early} by itself"
    events.subscribers.append(hear)
    lazypatch.patch_all()
    heard.append("returned")
    import socket

    heard.append("imported socket")
    loaded = set(sys.modules)  # newer versions of socket import selectors when they need it
    import queue

    heard.append("imported queue")
    assert socket and queue
    so_far = list(heard)
    lazypatch.patch_all()
    assert heard == so_far, "a second call with the same flags says nothing"
    sys.path.insert(0, "tests")
    from base.test_events import GOLDEN

    selectors = ["Will select", "Did select", "Will selectors", "Did selectors"]
    golden = [line for line in GOLDEN if "selectors" in loaded or line not in selectors]
    assert [line for line in so_far if not line.endswith("fcntl")] == golden, so_far


@pytest.mark.fresh(auto=False)
def test_events_of_patch_all_have_its_arguments():
    import lazypatch
    from lazypatch import events

    heard = []
    events.subscribers.append(heard.append)
    lazypatch.patch_all(ssl=False, mylib_futures=3)
    whole = [event for event in heard if hasattr(event, "patch_all_arguments")]
    assert [type(event) for event in whole] == [
        events.WillPatchAll,
        events.DidPatchBuiltinModules,
        events.DidPatchAll,
    ]
    for event in whole:
        assert event.patch_all_arguments["ssl"] is False
        assert event.patch_all_arguments["socket"] is True
        assert event.patch_all_kwargs == {"mylib_futures": 3}
        assert event.will_patch_module("socket")
        assert not event.will_patch_module("ssl")
        assert not event.will_patch_module("nonsense")
        event.patch_all_arguments.clear()
        event.patch_all_kwargs.clear()
        assert event.patch_all_arguments
        assert event.patch_all_kwargs
    assert all(event.group.startswith("lazypatch.plugins.") for event in heard)


@pytest.mark.fresh(auto=False)
def test_a_veto_of_all_patches_nothing():
    import time

    import lazypatch
    from lazypatch import events

    def veto(event):
        if isinstance(event, events.WillPatchAll):
            raise events.DoNotPatch

    events.subscribers.append(veto)
    assert lazypatch.patch_all() is False
    assert time.sleep is lazypatch.get_original("time", "sleep")
    assert set(lazypatch.status().values()) == {"off"}
    events.subscribers.clear()
    assert lazypatch.patch_all()
    assert time.sleep is not lazypatch.get_original("time", "sleep")


@pytest.mark.fresh(auto=False)
def test_a_veto_of_a_module_leaves_just_that_one_alone():
    import lazypatch
    from lazypatch import events

    def veto(event):
        if isinstance(event, events.WillPatchModule) and event.module_name in ("time", "ssl"):
            raise events.DoNotPatch

    events.subscribers.append(veto)
    lazypatch.patch_all()
    import socket
    import ssl
    import time

    assert not lazypatch.is_module_patched("ssl")
    assert not lazypatch.is_module_patched("time")
    assert lazypatch.is_object_patched("socket", "socket")
    assert "lazypatch" not in ssl.SSLSocket.read.__code__.co_filename
    assert lazypatch.status()["ssl"] == "off"
    assert lazypatch.status()["socket"] == "patched"
    assert time.sleep is lazypatch.get_original("time", "sleep")
    assert socket


@pytest.mark.fresh(auto=False)
def test_a_subscriber_may_change_the_names():
    import lazypatch
    from lazypatch import events

    def change(event):
        if isinstance(event, events.WillPatchModule) and event.module_name == "socket":
            event.target_item_names.remove("getaddrinfo")

    events.subscribers.append(change)
    lazypatch.patch_all()
    import socket

    assert "lazypatch" not in socket.getaddrinfo.__code__.co_filename
    assert not lazypatch.is_object_patched("socket", "getaddrinfo")
    assert lazypatch.is_object_patched("socket", "gethostbyname")


@pytest.mark.fresh(auto=False)
def test_an_error_of_a_subscriber_leaves_nothing_half_patched():
    import os
    import sys
    import time

    import lazypatch
    from lazypatch import events

    before = dict(vars(os)), time.sleep, list(sys.meta_path)

    def fail(event):
        if isinstance(event, kind) and getattr(event, "module_name", "io") == "io":
            raise ValueError(kind.__name__)

    events.subscribers.append(fail)
    for kind in (
        events.WillPatchAll,
        events.WillPatchModule,
        events.DidPatchModule,
        events.DidPatchBuiltinModules,
        events.DidPatchAll,
    ):
        try:
            lazypatch.patch_all()
        except ValueError as error:
            assert str(error) == kind.__name__
        else:
            raise AssertionError(kind)
        assert (dict(vars(os)), time.sleep, list(sys.meta_path)) == before
        assert not lazypatch.is_module_patched("socket")


@pytest.mark.fresh(auto=False)
def test_an_error_at_an_import_comes_out_of_the_import_and_leaves_no_module():
    import sys

    import lazypatch
    from lazypatch import events

    def fail(event):
        if getattr(event, "module_name", "") == "queue" and isinstance(event, events.DidPatchModule):
            raise ValueError("not this one")

    events.subscribers.append(fail)
    lazypatch.patch_all()
    for _ in range(2):
        try:
            import queue
        except ValueError as error:
            assert str(error) == "not this one"
        else:
            raise AssertionError
        assert "queue" not in sys.modules
    events.subscribers.clear()
    import queue

    assert lazypatch.is_object_patched("queue", "Queue.get")
    queue.Queue().put(1)


def test_event_classes_say_where_they_are_and_name_their_group():
    from lazypatch import events

    for name in events.__all__:
        value = getattr(events, name)
        if isinstance(value, type):
            assert value.__module__ == "lazypatch.events"
            if name != "DoNotPatch":
                assert value.group in value.__doc__
    assert not issubclass(events.DoNotPatch, Exception)
