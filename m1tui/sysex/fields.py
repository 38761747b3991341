"""The kinds of fields that records are declared with: numbers, bits, names, inner records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Generic, TypeVar

from m1tui.sysex.record import Field, Record, Value
from m1tui.sysex.text import printable

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
