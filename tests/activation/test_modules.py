"""patch_module, in a process that is not patched otherwise: it is scoped by undo."""

import sys
import warnings

import pytest
from helpers import module

import lazypatch
from lazypatch import PatchError, patch_module
from lazypatch.events import DoNotPatch


class Thing:
    def method(self):
        return "old"


class NewThing:
    def method(self):
        return "new"


def test_what_the_source_implements_is_replaced_and_put_back():
    target, source = module("users", a=1, b=2), module("users_coop", a=10, b=20, __implements__=["a"])
    patch = patch_module(target, source)
    assert patch
    assert (target.a, target.b) == (10, 2)
    assert lazypatch.get_original("math", "pi")
    assert lazypatch.is_module_patched("users")
    patch.undo()
    assert target.a == 1
    assert not lazypatch.is_module_patched("users")
    patch.undo()


def test_items_may_be_given_and_dotted():
    target, source = module("users", Thing=Thing, a=1), module("users_coop", Thing=NewThing, a=2)
    patch = patch_module(target, source, items=["Thing.method"])
    assert (target.Thing().method(), target.a) == ("new", 1)
    assert target.Thing is Thing
    patch.undo()
    assert Thing().method() == "old"


def test_hooks_are_called_around_with_items_warn_and_keywords():
    calls = []

    def will(target, items, warn, **kwargs):
        calls.append(("will", target.a, list(items), kwargs))
        items.remove("b")
        warn("beware")

    def did(target, items, warn, **kwargs):
        calls.append(("did", target.a, list(items), kwargs))

    target = module("users", a=1, b=2)
    source = module("coop", a=10, b=20, _lazypatch_will_monkey_patch=will, _lazypatch_did_monkey_patch=did)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        patch = patch_module(target, source, ["a", "b"], speed=3)
    assert calls == [("will", 1, ["a", "b"], {"speed": 3}), ("did", 10, ["a"], {"speed": 3})]
    assert target.b == 2
    assert [(str(w.message), w.category) for w in caught] == [("beware", lazypatch.PatchWarning)]
    patch.undo()


def test_hooks_come_before_subscribers():
    from lazypatch import events

    order = []

    def will(target, items, warn, **kwargs):
        order.append("hook")

    def subscriber(event):
        order.append("subscriber")

    source = module("coop", a=2, __implements__=["a"], _lazypatch_will_monkey_patch=will)
    events.subscribers.append(subscriber)
    try:
        patch_module(module("users", a=1), source).undo()
    finally:
        events.subscribers.remove(subscriber)
    assert order == ["hook", "subscriber", "subscriber"]


def test_a_hook_may_veto():
    def will(target, items, warn, **kwargs):
        raise DoNotPatch

    target = module("users", a=1)
    patch = patch_module(target, module("coop", a=2, __implements__=["a"], _lazypatch_will_monkey_patch=will))
    assert not patch
    assert target.a == 1


def test_a_did_hook_that_fails_leaves_nothing_patched():
    def did(target, items, warn, **kwargs):
        raise ValueError("no")

    target = module("users", a=1)
    with pytest.raises(ValueError, match="no"):
        patch_module(target, module("coop", a=2, __implements__=["a"], _lazypatch_did_monkey_patch=did))
    assert target.a == 1
    assert not lazypatch.is_module_patched("users")


def test_what_makes_no_sense_is_refused_with_the_remedy():
    target = module("users", a=1)
    with pytest.raises(PatchError, match=r"coop has no __implements__; name the items"):
        patch_module(target, module("coop", a=2))
    with pytest.raises(PatchError, match=r"items is the string 'a'; it takes a list"):
        patch_module(target, module("coop", a=2), "a")
    with pytest.raises(PatchError, match=r"cannot patch users\.b: users has no such attribute; leave it out"):
        patch_module(target, module("coop", a=2, b=2), ["a", "b"])
    assert target.a == 1


@pytest.fixture
def package(tmp_path, monkeypatch):
    (tmp_path / "later.py").write_text("a = 1\nclass C:\n    def f(self): return 1\n")
    (tmp_path / "later_coop.py").write_text(
        "__implements__ = ['a', 'C.f']\na = 10\nclass C:\n    def f(self): return 10\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    for name in ("later", "later_coop"):
        sys.modules.pop(name, None)


def test_a_target_given_by_name_is_patched_at_its_import_and_after_a_reload(package):
    import importlib

    patch = patch_module("later", "later_coop")
    assert "later" not in sys.modules
    assert "later_coop" not in sys.modules
    import later

    assert (later.a, later.C().f()) == (10, 10)
    importlib.reload(later)
    assert (later.a, later.C().f()) == (10, 10)
    patch.undo()
    assert (later.a, later.C().f()) == (1, 1)
    importlib.reload(later)
    assert later.a == 1


def test_undo_refuses_what_somebody_has_replaced_since(package):
    import later

    patch = patch_module(later, "later_coop")
    later.a = 99
    with pytest.raises(PatchError, match=r"a has been replaced by something else since; put it back first"):
        patch.undo()
    assert later.C().f() == 10
    later.a = 10
    patch.undo()
    assert (later.a, later.C().f()) == (1, 1)
