import pickle

import pytest

from lazypatch.base.patch import Patch, StandIn


def test_names_follow_the_version():
    patch = Patch("m", ["a"], since={(3, 13): ["new"]}, until={(3, 13): ["old"]})
    assert list(patch.names({}, None, (3, 12))) == ["a", "old"]
    assert list(patch.names({}, None, (3, 13))) == ["a", "new"]


def test_names_under_a_flag_that_is_off_are_left_out():
    patch = Patch("m", ["a"], under={"dns": ["b"]})
    assert list(patch.names({"dns": False})) == ["a"]
    assert list(patch.names({"dns": True})) == ["a", "b"]


def test_names_that_are_not_under_another_flag_belong_to_the_own_one():
    patch = Patch("m", ["a"], under={"dns": ["b"]}, optional=["b", "c"])
    assert list(patch.names({"socket": False, "dns": True}, "socket")) == ["b"]
    assert list(patch.names({"socket": True, "dns": False}, "socket")) == ["a", "c"]
    assert [patch.flag_of(name, "socket") for name in "abc"] == ["socket", "dns", "socket"]


def test_optional_names_come_last():
    assert list(Patch("m", ["a"], optional=["z", "c"]).names({})) == ["a", "c", "z"]


@StandIn("math")
def factorial(_, number, /):
    return number


class Keeper:
    function = factorial


def test_a_stand_in_does_not_bind_to_instances():
    assert Keeper().function(3) == 3


def test_a_stand_in_looks_like_a_function_of_its_module():
    assert (factorial.__name__, factorial.__qualname__, factorial.__module__) == ("factorial", "factorial", "math")


def test_a_stand_in_pickles_as_what_it_stands_for():
    import math

    assert pickle.loads(pickle.dumps(factorial)) is math.factorial


def test_a_stand_in_has_no_attributes_that_its_module_lacks():
    with pytest.raises(AttributeError):
        StandIn("math").nonsense
