"""Eight-bit memory in seven-bit MIDI: seven bytes travel as their top bits and seven low parts.

A group is one byte of top bits (bit 0 belongs to the group's first byte) and up to seven low
parts; the last group is not padded, so packed(n) = n + ceil(n / 7).  Both directions work on
whole lanes (every seventh byte at once), because a byte-by-byte loop over an all-data dump of
49,791 bytes is what makes other programs slow.

Source: M1 MIDI implementation, note 4; checked by decoding real dumps.
"""

from __future__ import annotations

GROUP = 7
"""Data bytes in a full group."""

_LOW = bytes(value & 0x7F for value in range(256))
_TOP_TO_BIT = tuple(bytes((value >> 7) << lane for value in range(256)) for lane in range(GROUP))
_BIT_TO_TOP = tuple(
    bytes((value >> lane & 1) << 7 for value in range(256)) for lane in range(GROUP)
)
_SPARE = tuple(0x7F & ~((1 << rest) - 1) for rest in range(GROUP))
"""The top bits that belong to no byte in a last group of that many; none in a full one."""


def packed_size(size: int) -> int:
    """Return how many bytes `size` bytes of memory take on the wire."""
    return size + -(-size // GROUP)


def unpacked_size(size: int) -> int:
    """Return how many bytes of memory `size` packed bytes hold.

    Raises ValueError if no memory packs to that size: a last group of top bits alone.
    """
    groups, rest = divmod(size, GROUP + 1)
    if rest == 1:
        raise ValueError(f"{size} packed bytes end in a group without data")
    return groups * GROUP + max(rest - 1, 0)


def unpackable(size: int) -> bool:
    """Tell whether memory can pack to that size: a last group of top bits alone is none."""
    return size > 0 and size % (GROUP + 1) != 1


def pack(data: bytes, spare: int = 0) -> bytes:
    """Return `data` (bytes of 0–255) as seven-bit bytes, packed_size(len(data)) of them.

    `spare`, as `spare_bits` returns it, is put back where the last group is short.
    """
    low = data.translate(_LOW)
    groups = -(-len(data) // GROUP)
    tops = 0
    for lane in range(GROUP):
        bits = data[lane::GROUP].translate(_TOP_TO_BIT[lane])
        tops |= int.from_bytes(bits.ljust(groups, b"\0"), "little")
    packed = bytearray(packed_size(len(data)))
    packed[0 :: GROUP + 1] = tops.to_bytes(groups, "little")
    for lane in range(GROUP):
        packed[lane + 1 :: GROUP + 1] = low[lane::GROUP]
    rest = len(data) % GROUP
    if rest and spare:
        packed[-1 - rest] |= spare & _SPARE[rest]
    return bytes(packed)


def spare_bits(packed: bytes) -> int:
    """Return the top bits of a short last group that belong to no byte, where they stand in it.

    They say nothing, but what came is to be kept as it came. 0 after a full last group, or where
    nothing packs to that size.
    """
    rest = len(packed) % (GROUP + 1) - 1
    return packed[-1 - rest] & _SPARE[rest] if rest > 0 else 0


def unpack(packed: bytes) -> bytes:
    """Return the memory that `packed` (bytes of 0–127) carries.

    Top bits that belong to no byte of a short last group are left to `spare_bits`.  Raises
    ValueError for a size that nothing packs to, or for a byte above 7F.
    """
    size = unpacked_size(len(packed))
    if not packed.isascii():
        raise ValueError("a packed byte is above 7F")
    tops = packed[0 :: GROUP + 1]
    low = bytearray(packed)
    del low[0 :: GROUP + 1]
    high = bytearray(size)
    for lane in range(GROUP):
        count = len(range(lane, size, GROUP))
        high[lane::GROUP] = tops[:count].translate(_BIT_TO_TOP[lane])
    merged = int.from_bytes(low, "little") | int.from_bytes(high, "little")
    return merged.to_bytes(size, "little")
