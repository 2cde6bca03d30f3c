import gc
import threading
import time
import weakref

import pytest

from lazypatch.runtime.local import local
from lazypatch.runtime.tasks import spawn


def test_each_task_has_its_own_values():
    data = local()
    data.value = "main"

    def work(name):
        assert not hasattr(data, "value")
        data.value = name
        spawn(int).join()
        return data.value

    tasks = [spawn(work, name) for name in "ab"]
    assert [task.get(10) for task in tasks] == ["a", "b"]
    assert data.value == "main"


def test_init_runs_once_in_each_task():
    calls = []

    class Sub(local):
        kept = "class attribute"

        def __init__(self, number, *, word):
            calls.append(number)
            self.word = word

    data = Sub(1, word="x")
    assert spawn(lambda: (data.word, data.word, data.kept)).get(10) == ("x", "x", "class attribute")
    assert calls == [1, 1]


def test_arguments_without_init_are_an_error():
    with pytest.raises(TypeError, match="Initialization arguments are not supported"):
        local(1)


def test_properties_and_methods_of_a_subclass_work():
    class Sub(local):
        @property
        def double(self):
            return self.value * 2

        @double.setter
        def double(self, number):
            self.value = number / 2

        def method(self):
            return self.value

    data = Sub()
    data.double = 8
    assert (data.value, data.double, data.method()) == (4, 8, 4)


def test_getattr_of_a_subclass_is_asked_for_what_is_missing():
    class Sub(local):
        def __getattr__(self, name):
            return name.upper()

    assert Sub().thing == "THING"


@pytest.mark.parametrize("kind", [local, threading.local], ids=["ours", "native"])
def test_attributes_behave_like_those_of_any_object(kind):
    data = kind()
    data.a = 1
    assert vars(data) == {"a": 1}
    assert "a" in dir(data)
    del data.a
    with pytest.raises(AttributeError):
        del data.a
    with pytest.raises(AttributeError):
        data.a
    with pytest.raises(AttributeError):
        data.__dict__ = {}


def test_values_die_with_their_task():
    class Value:
        pass

    data = local()

    def work():
        data.value = Value()
        return weakref.ref(data.value)

    task = spawn(work)
    reference = task.get(10)
    gc.collect()
    assert reference() is None


def test_values_die_with_their_native_thread():
    class Value:
        pass

    data, references = local(), []

    def work():
        data.value = Value()
        references.append(weakref.ref(data.value))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    for _ in range(1000):  # greenlet tidies up after a thread when the interpreter next looks at pending calls
        gc.collect(0)
        if references[0]() is None:
            return
        time.sleep(0.001)
    raise AssertionError("the value outlived its thread")


def test_values_die_with_the_local():
    class Value:
        pass

    data = local()
    data.value = Value()
    reference = weakref.ref(data.value)
    del data
    gc.collect()
    assert reference() is None


def test_a_greenlet_made_by_hand_sees_the_values_of_its_thread():
    from greenlet import greenlet

    data = local()
    data.value = 1
    assert greenlet(lambda: data.value).switch() == 1
