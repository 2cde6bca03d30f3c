from lazypatch.runtime.timers import Timers


class Item:
    def __init__(self, name, done=False):
        self.name = name
        self.done = done


def names(due):
    return [item.name for _, item in due]


def test_nothing_is_due_in_an_empty_heap():
    timers = Timers()
    assert not timers
    assert timers.next() is None
    assert names(timers.due(99)) == []


def test_items_come_in_the_order_of_their_deadlines():
    timers = Timers()
    for when in (3, 1, 2):
        timers.push(when, Item(when))
    assert timers.next() == 1
    assert names(timers.due(2)) == [1, 2]
    assert names(timers.due(2.9)) == []
    assert names(timers.due(3)) == [3]


def test_equal_deadlines_keep_the_order_of_pushing():
    timers = Timers()
    for name in "abc":
        timers.push(1, Item(name))
    assert names(timers.due(1)) == ["a", "b", "c"]


def test_what_is_done_is_passed_over():
    timers = Timers()
    timers.push(1, Item("a", done=True))
    timers.push(2, Item("b"))
    assert timers.next() == 2
    assert names(timers.due(5)) == ["b"]


def test_the_heap_is_rebuilt_when_most_entries_are_done():
    timers = Timers()
    keep = Item("keep")
    timers.push(1000, keep)
    for number in range(1000):
        timers.push(number, Item(number, done=True))
        timers.stale += 1
    assert len(timers) < 150
    assert names(timers.due(2000)) == ["keep"]


def test_an_item_pushed_while_others_come_due_is_due_too():
    timers = Timers()
    timers.push(1, Item("a"))
    seen = []
    for _, item in timers.due(5):
        seen.append(item.name)
        if item.name == "a":
            timers.push(2, Item("b"))
    assert seen == ["a", "b"]
