"""Dataclasses that cost a tenth to make: 60 of them are made before an edit begins, 0.5 ms each.

The standard library compiles six methods for each. Here all share theirs but `__init__`, which
is compiled when the first instance is made: for many that is never. To everything else, type
checkers and `dataclasses.replace`, `asdict` and `fields` among it, they are dataclasses.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import MISSING, FrozenInstanceError, fields
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(*, frozen: bool = False, slots: bool = False) -> Callable[[type], type]:
        """`dataclasses.dataclass` with the two options that are used here."""

        def make(cls: type) -> type:
            own = set(vars(cls))
            made = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots)(cls)
            methods = {"__init__": _first_init(made, frozen=frozen), "__repr__": _repr, "__eq__": _equal}
            if frozen:
                methods |= {"__hash__": _hash, "__setattr__": _refuse_to_set, "__delattr__": _refuse_to_set}
            else:
                methods["__hash__"] = None
            for name, method in methods.items():
                if name not in own:
                    setattr(made, name, method)
            return made

        return make


def _first_init(cls: type, *, frozen: bool) -> Callable[..., None]:
    """Gives way to the true `__init__` at its first call."""

    def first(self: Any, *values: Any, **named: Any) -> None:
        made = _made_init(cls, frozen=frozen)
        cls.__init__ = made  # type: ignore[misc]  # that is the point
        made(self, *values, **named)

    return first


def _made_init(cls: type, *, frozen: bool) -> Callable[..., None]:
    parameters, lines = ["self"], []
    known: dict[str, Any] = {"_missing": MISSING, "_set": object.__setattr__}
    for each in fields(cls):
        name, value = each.name, each.name
        if each.default is not MISSING:
            known[f"_default_{name}"] = each.default
            parameters.append(f"{name}=_default_{name}")
        elif each.default_factory is not MISSING:
            known[f"_make_{name}"] = each.default_factory
            parameters.append(f"{name}=_missing")
            value = f"_make_{name}() if {name} is _missing else {name}"
        else:
            parameters.append(name)
        lines.append(f" _set(self, {name!r}, {value})" if frozen else f" self.{name} = {value}")
    exec(f"def __init__({', '.join(parameters)}):\n" + "\n".join(lines), known)
    made: Callable[..., None] = known["__init__"]
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    return made


def _repr(self: Any) -> str:
    shown = ", ".join(f"{each.name}={getattr(self, each.name)!r}" for each in fields(self) if each.repr)
    return f"{type(self).__qualname__}({shown})"


def _equal(self: Any, other: object) -> Any:
    if other.__class__ is not self.__class__:
        return NotImplemented
    return _values(self) == _values(other)


def _hash(self: Any) -> int:
    return hash(_values(self))


def _refuse_to_set(self: Any, name: str, *_value: object) -> NoReturn:
    raise FrozenInstanceError(f"{name} of {type(self).__qualname__} can't be changed")


def _values(record: Any) -> tuple[Any, ...]:
    return tuple(getattr(record, each.name) for each in fields(record))
