"""Records of the M1's memory as data: a class body of fields is the one table of a record.

Decoding, changing, comparing and naming all follow from that table; no offset stands twice.
A record is an immutable view of its bytes, so unknown bits and arbitrary bytes survive.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, ClassVar, Generic, NamedTuple, Self, TypeVar, cast, overload

T = TypeVar("T")


class Value(NamedTuple):
    """One value of a record: where it stands in the table, what it is called, what it holds."""

    path: str
    label: str
    value: int | str | bytes
    shown: str
    valid: bool
    allowed: str = ""
    """The manual's range in the words of `shown`; empty where there is none."""
    default: str = ""
    """What the panel sets it to, in the words of `shown`; empty where that is not known."""


class Field(Generic[T]):
    """A value at a fixed place of a record, read and changed through attribute access."""

    name: str

    def __init__(self, offset: int, size: int, label: str) -> None:
        self.offset = offset
        self.size = size
        self.label = label

    def __set_name__(self, owner: type[Record], name: str) -> None:
        """Learn the attribute's name, which is the field's name in paths."""
        self.name = name

    @overload
    def __get__(self, record: None, owner: type[Record]) -> Self: ...
    @overload
    def __get__(self, record: Record, owner: type[Record]) -> T: ...
    def __get__(self, record: Record | None, owner: type[Record]) -> Self | T:
        """Return the field itself from the class, its value from a record."""
        return self if record is None else self.read(record.raw)

    def mask(self) -> bytes:
        """Return `size` bytes with a 1 for each bit that the field owns."""
        return b"\xff" * self.size

    def normal(self, raw: bytes) -> bytes:
        """Return the field's `size` bytes as comparison sees them."""
        return raw

    def renormalises(self) -> bool:
        """Tell whether comparison sees more than the bytes under the mask."""
        return type(self).normal is not Field.normal

    def read(self, raw: bytes) -> T:
        """Return the value in a whole record's bytes."""
        raise NotImplementedError

    def write(self, buffer: bytearray, value: T) -> None:
        """Put `value` into a whole record's bytes; ValueError if it cannot be stored."""
        raise NotImplementedError

    def values(self, raw: bytes, prefix: str, title: str) -> Iterator[Value]:
        """Yield what the field holds; `prefix` leads its path, `title` its label."""
        yield Value(
            prefix + self.name,
            title + self.label_in(raw),
            cast("int | str | bytes", self.read(raw)),
            self.shown_in(raw),
            self.is_valid_in(raw),
            self.allowed_in(raw),
        )

    def pairs(
        self, raw: bytes, other: bytes, prefix: str, title: str
    ) -> Iterator[tuple[Value, Value]]:
        """Yield the field's values in the bytes of two records of one kind."""
        mine, theirs = (self.values(one, prefix, title) for one in (raw, other))
        yield from zip(mine, theirs, strict=True)

    def label_in(self, raw: bytes) -> str:  # noqa: ARG002 - most labels depend on nothing else
        """Return what the value is called in a whole record's bytes."""
        return self.label

    def shown_in(self, raw: bytes) -> str:
        """Return the value in a whole record's bytes as a person reads it there."""
        return self.show(self.read(raw))

    def is_valid_in(self, raw: bytes) -> bool:
        """Tell whether the value in a whole record's bytes lies in the range it has there."""
        return self.is_valid(self.read(raw))

    def allowed_in(self, raw: bytes) -> str:  # noqa: ARG002 - most ranges depend on nothing else
        """Return the range that the value has in a whole record's bytes; "" if it has none."""
        return ""

    def show(self, value: T) -> str:
        """Return `value` as a person reads it, harmless on a screen."""
        return str(value)

    def is_valid(self, value: T) -> bool:  # noqa: ARG002 - most fields have no range
        """Tell whether `value` lies in the manual's range."""
        return True


class Record:
    """An immutable piece of the M1's memory; subclasses declare their fields in their body."""

    size: ClassVar[int]
    fields: ClassVar[tuple[Field[Any], ...]] = ()
    significant: ClassVar[bytes] = b""
    """One mask byte for each byte of the record: a 1 for every bit that is memory.

    That is each bit that some field owns, and each byte of unknown meaning. Only the bits beside a
    value and the bytes that are declared unused may differ harmlessly.
    """

    __slots__ = ("raw",)
    raw: bytes

    def __init_subclass__(cls, *, size: int, unused: Collection[int] = ()) -> None:
        """Collect the fields of the class body; the bytes `unused` hold anything, and no memory."""
        super().__init_subclass__()
        cls.size = size
        cls.fields = tuple(value for value in vars(cls).values() if isinstance(value, Field))
        owned = bytearray(size)
        for field in cls.fields:
            for index, bits in enumerate(field.mask(), field.offset):
                owned[index] |= bits
        cls.significant = bytes(
            bits or (0 if index in unused else 0xFF) for index, bits in enumerate(owned)
        )
        cls._significant_bits = int.from_bytes(cls.significant, "little")
        cls._renormalised = tuple(field for field in cls.fields if field.renormalises())

    @classmethod
    def renormalises(cls) -> bool:
        """Tell whether comparison sees more than the bytes under the mask."""
        return bool(cls._renormalised)

    _significant_bits: ClassVar[int] = 0
    _renormalised: ClassVar[tuple[Field[Any], ...]] = ()

    def __init__(self, raw: bytes) -> None:
        """Take exactly `size` bytes; ValueError otherwise."""
        if len(raw) != self.size:
            raise ValueError(f"{type(self).__name__}: expected {self.size} bytes, found {len(raw)}")
        object.__setattr__(self, "raw", raw)

    def __setattr__(self, name: str, value: object) -> None:
        """Refuse: a record does not change, `replace` makes another."""
        raise AttributeError(f"{type(self).__name__} is immutable; use replace({name}=…)")

    def __eq__(self, other: object) -> bool:
        """Tell whether `other` is the same kind of record with the same bytes."""
        return type(other) is type(self) and other.raw == self.raw

    def __hash__(self) -> int:
        """Hash by kind and bytes."""
        return hash((type(self), self.raw))

    def __repr__(self) -> str:
        """Return kind and bytes."""
        return f"{type(self).__name__}(bytes.fromhex({self.raw.hex()!r}))"

    @classmethod
    def blank(cls) -> Self:
        """Return a record of zero bytes."""
        return cls(bytes(cls.size))

    def replace(self, **values: object) -> Self:
        """Return a record with these fields changed and every other bit kept."""
        buffer = bytearray(self.raw)
        table = {field.name: field for field in self.fields}
        for name, value in values.items():
            table[name].write(buffer, value)
        return type(self)(bytes(buffer))

    def shown(self, field: Field[Any]) -> str:
        """Return one of the record's own fields as a person reads it."""
        return field.shown_in(self.raw)

    def values(self, prefix: str = "", title: str = "") -> Iterator[Value]:
        """Yield every value of the record and of the records inside it."""
        for field in self.fields:
            yield from field.values(self.raw, prefix, title)

    def pairs(
        self, other: Self, prefix: str = "", title: str = ""
    ) -> Iterator[tuple[Value, Value]]:
        """Yield the values of those fields whose bytes are not those of `other`, in pairs.

        Two fields may share a byte, so a pair may be equal.
        """
        for field in self.fields:
            span = slice(field.offset, field.offset + field.size)
            if self.raw[span] != other.raw[span]:
                yield from field.pairs(self.raw, other.raw, prefix, title)

    def problems(self) -> tuple[Value, ...]:
        """Return the values outside the manual's ranges."""
        return tuple(value for value in self.values() if not value.valid)

    def normal(self) -> bytes:
        """Return the bytes as comparison sees them: unused bits 0, spaces for 00 in names.

        Two records whose normal bytes are equal differ, if at all, only cosmetically.
        """
        masked = int.from_bytes(self.raw, "little") & self._significant_bits
        buffer = bytearray(masked.to_bytes(self.size, "little"))
        for field in self._renormalised:
            span = slice(field.offset, field.offset + field.size)
            buffer[span] = field.normal(bytes(buffer[span]))
        return bytes(buffer)
