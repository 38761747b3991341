"""Records of the M1's memory as data: a class body of fields is the one table of a record.

Decoding, changing, comparing and naming all follow from that table; no offset stands twice.
A record is an immutable view of its bytes, so unknown bits and arbitrary bytes survive.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, ClassVar, Generic, NamedTuple, Self, TypeVar, cast, overload

from m1tui.sysex.text import printable

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

    def __deepcopy__(self, memo: object) -> Self:
        """Return itself, as of everything that does not change."""
        return self

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


R = TypeVar("R", bound=Record)


class Number(Field[int]):
    """Some bits of one byte as a number, unsigned or in two's complement, with its range.

    `names` are the words for its values, that of the lowest first.
    """

    def __init__(
        self,
        offset: int,
        label: str,
        low: int = 0,
        high: int = 99,
        *,
        first: int = 0,
        width: int = 8,
        names: Sequence[str] = (),
    ) -> None:
        super().__init__(offset, 1, label)
        self.low = low
        self.high = high
        self.first = first
        self.width = width
        self.names = names

    def mask(self) -> bytes:
        """Return the byte's bits that carry the number."""
        return bytes([((1 << self.width) - 1) << self.first])

    def read(self, raw: bytes) -> int:
        """Return the number, also when it lies outside its range."""
        value = raw[self.offset] >> self.first & (1 << self.width) - 1
        if self.low < 0 and value >> (self.width - 1):
            value -= 1 << self.width
        return value

    def write(self, buffer: bytearray, value: int) -> None:
        """Store `value`; ValueError outside the range."""
        if not self.is_valid(value):
            raise ValueError(f"{self.label}: expected {self.low} to {self.high}, found {value}")
        mask = self.mask()[0]
        buffer[self.offset] = buffer[self.offset] & ~mask | value << self.first & mask

    def show(self, value: int) -> str:
        """Return the value's name where it has one, a sign where it can be negative."""
        if 0 <= value - self.low < len(self.names):
            return self.names[value - self.low]
        return f"{value:+d}" if self.low < 0 else str(value)

    def allowed_in(self, raw: bytes) -> str:  # noqa: ARG002 - see Field
        """Return the lowest and the highest value."""
        return f"{self.show(self.low)} to {self.show(self.high)}"

    def is_valid(self, value: int) -> bool:
        """Tell whether `value` lies in the manual's range."""
        return self.low <= value <= self.high


class Sound(Number):
    """A sound by its number: the ROM's have names, those behind them are a PCM card's."""

    def __init__(self, offset: int, label: str, names: Sequence[str], *, card: int) -> None:
        super().__init__(offset, label, 0, 255, names=names)
        self.card = card
        """The number that the instrument gives to a card's first sound."""

    def show(self, value: int) -> str:
        """Return the name of a sound in ROM, the card's number of any other."""
        behind = value - len(self.names)
        return super().show(value) if behind < 0 else f"card {behind + self.card:02d}"


class Flag(Field[bool]):
    """One bit."""

    def __init__(self, offset: int, bit: int, label: str, names: tuple[str, str] = ("off", "on")):
        super().__init__(offset, 1, label)
        self.bit = bit
        self.names = names

    def mask(self) -> bytes:
        """Return the byte's one bit."""
        return bytes([1 << self.bit])

    def read(self, raw: bytes) -> bool:
        """Return whether the bit is set."""
        return bool(raw[self.offset] >> self.bit & 1)

    def write(self, buffer: bytearray, value: bool) -> None:
        """Set or clear the bit."""
        buffer[self.offset] = buffer[self.offset] & ~(1 << self.bit) | bool(value) << self.bit

    def allowed_in(self, raw: bytes) -> str:  # noqa: ARG002 - see Field
        """Return both words."""
        return " or ".join(self.names)

    def show(self, value: bool) -> str:
        """Return the bit's meaning as a word."""
        return self.names[value]


class Name(Field[str]):
    """Ten characters of a name; in real data a space is 20 or 00."""

    def __init__(self, offset: int, label: str = "Name", size: int = 10) -> None:
        super().__init__(offset, size, label)

    def normal(self, raw: bytes) -> bytes:
        """Return the name with spaces for 00, which comes back as 20 anywhere in a name.

        Two real dumps of one bank differ so in all of its 31 names with a 00, and in five of them
        ("Big", "City") the 00 stands between letters.
        """
        return raw.replace(b"\0", b" ")

    def read(self, raw: bytes) -> str:
        """Return the name, `size` characters that are safe on a screen."""
        return printable(raw[self.offset : self.offset + self.size])

    def write(self, buffer: bytearray, value: str) -> None:
        """Store `value`, padded with spaces; ValueError if it is too long or not ASCII."""
        data = value.encode("ascii")
        if len(data) > self.size or any(not 0x20 <= byte <= 0x7E for byte in data):
            raise ValueError(
                f"{self.label}: expected {self.size} ASCII characters, found {value!r}"
            )
        buffer[self.offset : self.offset + self.size] = data.ljust(self.size)


class Octets(Field[bytes]):
    """Bytes whose meaning depends on another value, carried as they are."""

    def read(self, raw: bytes) -> bytes:
        """Return the bytes."""
        return raw[self.offset : self.offset + self.size]

    def write(self, buffer: bytearray, value: bytes) -> None:
        """Store exactly `size` bytes."""
        if len(value) != self.size:
            raise ValueError(f"{self.label}: expected {self.size} bytes, found {len(value)}")
        buffer[self.offset : self.offset + self.size] = value

    def show(self, value: bytes) -> str:
        """Return the bytes in hexadecimal."""
        return value.hex(" ").upper()


class Words(Field[tuple[int, ...]]):
    """Little-endian 16-bit numbers."""

    def __init__(self, offset: int, label: str, count: int) -> None:
        super().__init__(offset, 2 * count, label)
        self.count = count

    def read(self, raw: bytes) -> tuple[int, ...]:
        """Return the numbers, 0–65,535 each."""
        low = raw[self.offset : self.offset + self.size : 2]
        high = raw[self.offset + 1 : self.offset + self.size : 2]
        return tuple(first | second << 8 for first, second in zip(low, high, strict=True))

    def write(self, buffer: bytearray, value: tuple[int, ...]) -> None:
        """Store exactly `count` numbers."""
        if len(value) != self.count or any(not 0 <= word <= 0xFFFF for word in value):
            raise ValueError(f"{self.label}: expected {self.count} numbers up to 65535")
        data = b"".join(word.to_bytes(2, "little") for word in value)
        buffer[self.offset : self.offset + self.size] = data

    def values(self, raw: bytes, prefix: str, title: str) -> Iterator[Value]:
        """Yield each number by its index."""
        for index, word in enumerate(self.read(raw)):
            yield Value(
                f"{prefix}{self.name}[{index}]",
                f"{title}{self.label} {index}",
                word,
                str(word),
                True,
            )


class Inner(Field[R], Generic[R]):
    """A record inside a record."""

    def __init__(self, offset: int, record: type[R], label: str) -> None:
        super().__init__(offset, record.size, label)
        self.record = record

    def renormalises(self) -> bool:
        """Tell whether an inner record has a name."""
        return self.record.renormalises()

    def mask(self) -> bytes:
        """Return the inner record's own mask."""
        return self.record.significant

    def normal(self, raw: bytes) -> bytes:
        """Return the inner record's bytes as comparison sees them."""
        return self.record(raw).normal()

    def read(self, raw: bytes) -> R:
        """Return the inner record."""
        return self.record(raw[self.offset : self.offset + self.size])

    def write(self, buffer: bytearray, value: R) -> None:
        """Store the inner record."""
        buffer[self.offset : self.offset + self.size] = value.raw

    def values(self, raw: bytes, prefix: str, title: str) -> Iterator[Value]:
        """Yield the inner record's values."""
        yield from self.read(raw).values(*self._inside(prefix, title))

    def pairs(
        self, raw: bytes, other: bytes, prefix: str, title: str
    ) -> Iterator[tuple[Value, Value]]:
        """Yield the inner records' values where their bytes differ."""
        yield from self.read(raw).pairs(self.read(other), *self._inside(prefix, title))

    def _inside(self, prefix: str, title: str) -> tuple[str, str]:
        return f"{prefix}{self.name}.", f"{title}{self.label}: "


class InnerTable(Field[tuple[R, ...]], Generic[R]):
    """A number of equal records, one behind the other."""

    def __init__(self, offset: int, record: type[R], count: int, label: str, base: int = 1) -> None:
        super().__init__(offset, record.size * count, label)
        self.record = record
        self.count = count
        self.base = base

    def renormalises(self) -> bool:
        """Tell whether an inner record has a name."""
        return self.record.renormalises()

    def mask(self) -> bytes:
        """Return the inner record's mask, once for each."""
        return self.record.significant * self.count

    def normal(self, raw: bytes) -> bytes:
        """Return the inner records' bytes as comparison sees them."""
        size = self.record.size
        return b"".join(
            self.record(raw[start : start + size]).normal() for start in range(0, len(raw), size)
        )

    def read(self, raw: bytes) -> tuple[R, ...]:
        """Return the records in order."""
        size = self.record.size
        end = self.offset + self.size
        return tuple(self.record(raw[at : at + size]) for at in range(self.offset, end, size))

    def write(self, buffer: bytearray, value: tuple[R, ...]) -> None:
        """Store exactly `count` records."""
        if len(value) != self.count:
            raise ValueError(f"{self.label}: expected {self.count}, found {len(value)}")
        buffer[self.offset : self.offset + self.size] = b"".join(record.raw for record in value)

    def values(self, raw: bytes, prefix: str, title: str) -> Iterator[Value]:
        """Yield every record's values, numbered as the instrument numbers them."""
        for index, record in enumerate(self.read(raw)):
            yield from record.values(*self._inside(index, prefix, title))

    def pairs(
        self, raw: bytes, other: bytes, prefix: str, title: str
    ) -> Iterator[tuple[Value, Value]]:
        """Yield the values of those records whose bytes differ, where they do."""
        both = zip(self.read(raw), self.read(other), strict=True)
        for index, (record, beside) in enumerate(both):
            if record != beside:
                yield from record.pairs(beside, *self._inside(index, prefix, title))

    def _inside(self, index: int, prefix: str, title: str) -> tuple[str, str]:
        number = index + self.base
        return f"{prefix}{self.name}[{index}].", f"{title}{self.label} {number}: "
