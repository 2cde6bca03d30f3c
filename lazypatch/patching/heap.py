"""Finding who refers to an object, and having them refer to another one instead.

The garbage collector knows every container. Mutable ones are changed; immutable ones (tuples, bound methods, partial
objects) are made anew, and whoever refers to them is next. So one look over the heap is taken per round, two or three
rounds in all.
"""

from __future__ import annotations

import gc
import sys
import types

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from typing import Any

MANY = 200  # objects for which get_referrers, which looks at each reference once per object, takes longer than we do
_CHUNK = 512
_INNER = (  # of the C types themselves
    types.ClassMethodDescriptorType,
    types.GetSetDescriptorType,
    types.MemberDescriptorType,
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
)


class Swap:
    """One exchange of objects: ``pairs`` of old and new ones.

    Referrers for which ``is_left_alone`` is true stay as they are. In the dictionaries whose ids are in ``modules``,
    those of modules that have been patched by name, functions and classes stay.
    """

    def __init__(
        self, pairs: list[tuple[Any, Any]], is_left_alone: Callable[[Any], bool], modules: Collection[int] = ()
    ) -> None:
        self._modules = modules
        self._new = {id(old): new for old, new in pairs}
        self._olds = [old for old, _ in pairs]
        self._all = list(self._olds)  # keeps every id that is a key alive
        self._is_left_alone = is_left_alone
        self._ignored = {id(self), id(self.__dict__), id(self._new), id(self._olds), id(self._all), id(pairs)}
        self._ignored.update(map(id, pairs))
        self._ignored.update(id(new) for _, new in pairs)
        self._ignored.update(id(cell) for pair in pairs for each in pair for cell in _own_cells(each))
        self.bound: set[int] = set()  # ids of new objects of which somebody has bound methods
        self.leftovers: list[tuple[Any, Any]] = []  # what could not be exchanged, and what refers to it

    def carry_out(self) -> list[tuple[Any, Any]]:
        """Exchange; returns the leftovers."""
        for frame in sys._current_frames().values():
            self._in_frames(frame)
        while self._olds:
            referrers = [each for each in _referrers(self._olds) if id(each) not in self._ignored]
            made: list[tuple[Any, Any]] = []
            classes = [each for each in referrers if type(each) is dict and _is_namespace(each)]
            owners = _owners(classes)
            for referrer in referrers:
                owner = owners.get(id(referrer), referrer)
                if not self._is_left_alone(referrer) and not self._is_left_alone(owner):
                    self._in(owner, made)
            self._ignored.update((id(referrers), id(made), id(classes), id(owners)))
            self._ignored.update(map(id, made))
            made = [pair for pair in made if id(pair[0]) not in self._new]
            self._olds = [old for old, _ in made]
            self._ignored.add(id(self._olds))
            self._all += self._olds
            self._new.update((id(old), new) for old, new in made)
        self._all.clear()
        self._new.clear()
        return self.leftovers

    def _in(self, referrer: Any, made: list[tuple[Any, Any]]) -> None:
        kind = type(referrer)
        try:
            for base in kind.__mro__:
                if base in _HANDLERS:
                    _HANDLERS[base](self, referrer, made)
                    return
            self._in_attributes(referrer)
        except Exception:  # a proxy may raise anything when it is asked for an attribute
            self._leave(referrer)

    def _has(self, value: Any) -> bool:
        return id(value) in self._new

    def _get(self, value: Any) -> Any:
        return self._new.get(id(value), value)

    def _leave(self, referrer: Any) -> None:
        for value in () if type(referrer) is types.ModuleType else gc.get_referents(referrer):
            if self._has(value) and type(referrer) is not value:
                self.leftovers.append((value, referrer))

    def _in_dict(self, referrer: Any, made: Any) -> None:
        is_module = id(referrer) in self._modules
        for key, value in list(dict.items(referrer)):
            if is_module and isinstance(value, (type, types.BuiltinFunctionType, types.FunctionType)):
                continue
            if self._has(key):
                dict.pop(referrer, key)
                dict.__setitem__(referrer, self._get(key), self._get(value))
            elif self._has(value):
                dict.__setitem__(referrer, key, self._get(value))

    def _in_list(self, referrer: Any, made: Any) -> None:
        for index, value in enumerate(referrer):
            if self._has(value):
                referrer[index] = self._get(value)

    def _in_set(self, referrer: Any, made: Any) -> None:
        for value in list(referrer):
            if self._has(value):
                referrer.discard(value)
                referrer.add(self._get(value))

    def _in_tuple(self, referrer: Any, made: list[tuple[Any, Any]]) -> None:
        if all(isinstance(value, type) for value in referrer) and _is_mro(referrer):
            return
        items = [self._get(value) for value in referrer]
        made.append((referrer, tuple(items) if type(referrer) is tuple else type(referrer)._make(items)))

    def _in_frozenset(self, referrer: Any, made: list[tuple[Any, Any]]) -> None:
        made.append((referrer, type(referrer)(self._get(value) for value in referrer)))

    def _in_cell(self, referrer: Any, made: Any) -> None:
        referrer.cell_contents = self._get(referrer.cell_contents)

    def _in_function(self, referrer: Any, made: Any) -> None:
        if self._has(referrer.__defaults__):
            referrer.__defaults__ = self._get(referrer.__defaults__)

    def _in_builtin(self, referrer: Any, made: list[tuple[Any, Any]]) -> None:
        if self._has(referrer.__self__) and not isinstance(referrer.__self__, type):
            new = self._get(referrer.__self__)
            self.bound.add(id(new))
            made.append((referrer, getattr(new, referrer.__name__)))

    def _in_method(self, referrer: Any, made: list[tuple[Any, Any]]) -> None:
        made.append((referrer, types.MethodType(self._get(referrer.__func__), self._get(referrer.__self__))))

    def _in_partial(self, referrer: Any, made: Any) -> None:
        _, _, (function, args, keywords, attributes) = referrer.__reduce__()
        args = tuple(self._get(value) for value in args)
        keywords = {name: self._get(value) for name, value in keywords.items()}
        referrer.__setstate__((self._get(function), args, keywords, attributes))

    def _in_class(self, referrer: Any, made: Any) -> None:
        for name, value in list(vars(referrer).items()):
            if self._has(value):
                setattr(referrer, name, self._get(value))
        for base in referrer.__bases__:
            if self._has(base):
                self.leftovers.append((base, referrer))

    def _in_frame(self, frame: Any, made: Any = None) -> None:
        values = frame.f_locals
        names = [name for name, value in values.items() if self._has(value)]
        for name in names:
            values[name] = self._get(values[name])
        if names and sys.version_info < (3, 13) and values is not frame.f_globals:
            import ctypes  # lazy: only a local variable of a function that runs needs it

            ctypes.pythonapi.PyFrame_LocalsToFast(ctypes.py_object(frame), ctypes.c_int(0))

    def _in_frames(self, frame: Any) -> None:
        """In a frame and in those that called it."""
        while frame is not None:
            if not self._is_left_alone(frame):
                self._in_frame(frame)
            frame = frame.f_back

    def _in_generator(self, referrer: Any, made: Any) -> None:
        self._in_frames(referrer.gi_frame)

    def _in_coroutine(self, referrer: Any, made: Any) -> None:
        self._in_frames(referrer.cr_frame)

    def _in_async_generator(self, referrer: Any, made: Any) -> None:
        self._in_frames(referrer.ag_frame)

    def _in_greenlet(self, referrer: Any, made: Any) -> None:
        self._in_frames(referrer.gr_frame)

    def _in_attributes(self, referrer: Any) -> None:
        found = False
        namespace = _own_namespace(referrer)
        if type(namespace) is dict and any(map(self._has, namespace.values())):
            self._in_dict(namespace, None)
            found = True
        for base in type(referrer).__mro__:
            for name, member in list(vars(base).items()):
                if type(member) is types.MemberDescriptorType and name != "__dict__":
                    try:
                        value = member.__get__(referrer)
                    except AttributeError:
                        continue
                    if self._has(value):
                        member.__set__(referrer, self._get(value))
                        found = True
        if not found and self._has(getattr(referrer, "__wrapped__", None)):  # a proxy
            referrer.__wrapped__ = self._get(referrer.__wrapped__)
            found = True
        if not found:
            self._leave(referrer)


def _own_namespace(referrer: Any) -> Any:
    try:
        return object.__getattribute__(referrer, "__dict__")
    except AttributeError:
        return None


def _own_cells(kind: Any) -> Iterator[Any]:
    """The cells by which the methods of a class know their class."""
    for member in list(vars(kind).values()) if isinstance(kind, type) else ():
        yield from getattr(getattr(member, "__func__", member), "__closure__", None) or ()


def _nothing(*_: Any) -> None:
    """For what belongs to the old objects themselves."""


def _handlers() -> dict[Any, Any]:
    handlers: dict[Any, Any] = {
        dict: Swap._in_dict,
        list: Swap._in_list,
        set: Swap._in_set,
        tuple: Swap._in_tuple,
        frozenset: Swap._in_frozenset,
        type: Swap._in_class,
        types.AsyncGeneratorType: Swap._in_async_generator,
        types.BuiltinFunctionType: Swap._in_builtin,
        types.CellType: Swap._in_cell,
        types.CoroutineType: Swap._in_coroutine,
        types.FrameType: Swap._in_frame,
        types.FunctionType: Swap._in_function,
        types.GeneratorType: Swap._in_generator,
        types.MethodType: Swap._in_method,
        **dict.fromkeys(_INNER, _nothing),
    }
    loaded = (
        ("_collections", "deque", Swap._in_list),
        ("_functools", "partial", Swap._in_partial),
        ("greenlet", "greenlet", Swap._in_greenlet),
    )
    for module, name, handler in loaded:
        if module in sys.modules:
            handlers[getattr(sys.modules[module], name)] = handler
    return handlers


_HANDLERS = _handlers()


def _is_namespace(candidate: dict[Any, Any]) -> bool:
    """Whether it may be that of a class, which must not be changed behind the class's back."""
    return "__module__" in candidate and "__name__" not in candidate


def _owners(namespaces: list[Any]) -> dict[int, type]:
    if not namespaces:
        return {}
    ids = set(map(id, namespaces))
    found: dict[int, type] = {}
    for owner in _referrers(namespaces):
        if issubclass(type(owner), type):  # not isinstance, which asks a proxy for its __class__
            found.update((id(each), owner) for each in gc.get_referents(owner) if id(each) in ids)
    return found


def _is_mro(candidate: tuple[Any, ...]) -> bool:
    """Whether a tuple of types is how the interpreter notes the bases of one."""
    if candidate[-1:] == (object,):
        return True
    return any(candidate is each.__bases__ for kind in candidate for each in type.__subclasses__(kind))


def _referrers(objects: list[Any]) -> list[Any]:
    if len(objects) <= MANY:
        mark = object()  # tells the arguments of this very call, which refer to the objects too
        found = gc.get_referrers(*objects, mark)
        return [each for each in found if type(each) is not tuple or not each or each[-1] is not mark]
    ids = frozenset(map(id, objects))
    every = gc.get_objects()
    found = []
    for chunk in chunks(every):
        if not ids.isdisjoint(map(id, gc.get_referents(*chunk))):
            found += [each for each in chunk if not ids.isdisjoint(map(id, gc.get_referents(each)))]
    return [each for each in found if each is not every and each is not objects]


def chunks(objects: list[Any]) -> Iterator[list[Any]]:
    """The objects in parts, without modules: asked for its referents, ``_asyncio`` shows freed objects (3.12)."""
    for start in range(0, len(objects), _CHUNK):
        yield [each for each in objects[start : start + _CHUNK] if type(each) is not types.ModuleType]
