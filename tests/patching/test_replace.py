import pytest
from helpers import module

from lazypatch.base import originals
from lazypatch.base.errors import PatchError
from lazypatch.patching.replace import replace


class Base:
    def inherited(self):
        return "old"


class Thing(Base):
    def method(self):
        return "old"


class NewThing:
    def method(self):
        return "new"

    def inherited(self):
        return "new"


def test_attributes_are_replaced_and_kept():
    target = module("a.target", function=len, other=1)
    source = module("a.source", function=max, other=2)
    assert [each.name for each in replace(target, source, ["function"])] == ["function"]
    assert (target.function, target.other) == (max, 1)
    assert originals.saved("a.target") == {"function": len}


def test_members_of_a_class_are_replaced_in_the_class_that_stays():
    thing = Thing()
    target, source = module("b.target", Thing=Thing), module("b.source", Thing=NewThing)
    done = replace(target, source, ["Thing.method", "Thing.inherited"])
    assert target.Thing is Thing
    assert (thing.method(), thing.inherited()) == ("new", "new")
    assert Base().inherited() == "old"
    assert originals.saved("b.target")["Thing.inherited"] is vars(Base)["inherited"]
    for each in done:
        each.put_back()
    assert (thing.method(), thing.inherited()) == ("old", "old")
    assert "inherited" not in vars(Thing)
    assert originals.saved("b.target") == {}


def test_a_name_that_is_missing_is_named():
    target, source = module("c.target", first=1), module("c.source", first=2, nothing=1)
    with pytest.raises(PatchError, match=r"cannot patch c\.target\.nothing: .* no such attribute"):
        replace(target, source, ["first", "nothing"])
    with pytest.raises(PatchError, match=r"cannot patch c\.source\.nothing: c\.target has nothing of that name"):
        replace(source, target, ["first", "nothing"])
    assert (target.first, source.first) == (1, 2)


class Stubborn(type):
    def __setattr__(cls, name, value):
        raise TypeError("read-only")


def test_what_fails_midway_leaves_nothing_replaced():
    class Fixed(metaclass=Stubborn):
        method = 1

    class New:
        method = 2

    target, source = module("f.target", first=1, Fixed=Fixed), module("f.source", first=2, Fixed=New)
    with pytest.raises(TypeError, match="read-only"):
        replace(target, source, ["first", "Fixed.method"])
    assert (target.first, Fixed.method) == (1, 1)
    assert originals.saved("f.target") == {}


def test_an_optional_name_that_is_missing_is_passed_over():
    assert replace(module("d.target"), module("d.source"), ["nothing"], ["nothing"]) == []


def test_a_function_says_that_it_is_the_targets():
    def function():
        pass

    replace(module("e.target", function=len), module("e.source", function=function), ["function"])
    assert function.__module__ == "e.target"
