"""The effects block of programs, combinations and songs, and the parameters of all 33 effects.

Sources: M1 MIDI implementation, program parameters 38-62; the owner's manual's table of effect
parameters; the M1R manual's chart of defaults; routing bits by two sources. That the balance of
effects 26-33 belongs to their halves was read off real dumps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from m1tui.sysex.names import OUT_PANS
from m1tui.sysex.record import Field, Flag, Number, Octets, Record, Value

THROUGH = 33
"""The effect type that lets the signal through."""
PARAMETER_BYTES = 8


class Steps(Number):
    """A number that the display shows in steps of a unit: 0.2 s and 0.1 s more for each."""

    def __init__(
        self, offset: int, label: str, high: int, unit: str, *, start: float = 0, step: float = 1
    ) -> None:
        super().__init__(offset, label, 0, high)
        self.unit, self.start, self.step = unit, start, step

    def show(self, value: int) -> str:
        """Return the amount with its unit."""
        digits = 0 if self.step >= 1 else 1
        return f"{self.start + self.step * value:.{digits}f}{self.unit}"


class Decibels(Number):
    """A gain, -12 to +12 dB."""

    def __init__(self, offset: int, label: str) -> None:
        super().__init__(offset, label, -12, 12)

    def show(self, value: int) -> str:
        """Return the gain with its sign and unit."""
        return f"{super().show(value)} dB"


class Rate(Number):
    """The speed of a modulation, 0.03 to 30 Hz: in fine steps, then tenths, then whole hertz."""

    _TENTHS, _WHOLE = 0x64, 0xC8

    def __init__(self, offset: int) -> None:
        super().__init__(offset, "Speed", 0, 0xD8)

    def show(self, value: int) -> str:
        """Return the speed with its unit."""
        if value < self._TENTHS:
            return f"{(value + 1) * 0.03:.2f} Hz"
        if value < self._WHOLE:
            return f"{3.1 + 0.1 * (value - self._TENTHS):.1f} Hz"
        return f"{14 + value - self._WHOLE} Hz"


class Milliseconds(Field[int]):
    """A delay of 0 to 500 ms, two bytes, the low one first."""

    low, high = 0, 500

    def __init__(self, offset: int, label: str) -> None:
        super().__init__(offset, 2, label)

    def read(self, raw: bytes) -> int:
        """Return the milliseconds, also when there are more than 500."""
        return int.from_bytes(raw[self.offset : self.offset + 2], "little")

    def write(self, buffer: bytearray, value: int) -> None:
        """Store `value`; ValueError outside 0 to 500."""
        if not self.is_valid(value):
            raise ValueError(f"{self.label}: expected {self.low} to {self.high}, found {value}")
        buffer[self.offset : self.offset + 2] = value.to_bytes(2, "little")

    def show(self, value: int) -> str:
        """Return the delay with its unit."""
        return f"{value} ms"

    def allowed_in(self, raw: bytes) -> str:  # noqa: ARG002 - see Field
        """Return the shortest and the longest delay."""
        return f"{self.show(self.low)} to {self.show(self.high)}"

    def is_valid(self, value: int) -> bool:
        """Tell whether the M1 can be set to `value`."""
        return self.low <= value <= self.high


class Parameters(Record, size=PARAMETER_BYTES):
    """The eight bytes of an effect's parameters; subclasses declare what they mean."""


# Most effects end in the same two parameters.
_EQ_HIGH, _EQ_LOW = Decibels(6, "EQ High"), Decibels(7, "EQ Low")
_DEPTH, _SPEED = Number(0, "Depth"), Rate(1)
_WAVES, _PHASES = ("SIN", "TRI"), ("0°", "180°")
_WAVEFORM = Number(2, "Waveform", 0, 1, width=1, names=_WAVES)
_PHASE = Number(2, "Phase", 0, 1, first=1, width=1, names=_PHASES)
# The manual's table has 99, Korg's own banks have 100 here and in drive and distortion.
_HUNDRED = 100
_EARLY_LEVEL = Number(4, "E/R Level", 0, _HUNDRED)
_MID_FC = Number(0, "Mid Fc", 0, 2, names=("500 Hz", "1000 Hz", "2000 Hz"))


def _reverb_time(offset: int, high: int) -> Steps:
    return Steps(offset, "Reverb Time", high, " s", start=0.2, step=0.1)


def _reflections_time(offset: int, high: int) -> Steps:
    return Steps(offset, "E/R Time", high, " ms", start=100, step=10)


def _pre_delay(offset: int, high: int = 200) -> Steps:
    return Steps(offset, "Pre Delay", high, " ms")


def _feedback(offset: int, label: str = "Feedback") -> Number:
    return Number(offset, label, -99)


class HallParameters(Parameters, size=PARAMETER_BYTES):
    """A hall, 0.2 to 9.9 s."""

    reverb_time = _reverb_time(0, 0x61)
    pre_delay = _pre_delay(3)
    early_level = _EARLY_LEVEL
    high_damp = Number(2, "High Damp")
    eq_low, eq_high = _EQ_LOW, _EQ_HIGH


class RoomParameters(Parameters, size=PARAMETER_BYTES):
    """A room, 0.2 to 4.9 s."""

    reverb_time = _reverb_time(0, 0x2F)
    pre_delay = _pre_delay(3)
    early_level = _EARLY_LEVEL
    high_damp = Number(2, "High Damp")
    eq_low, eq_high = _EQ_LOW, _EQ_HIGH


class EarlyReflectionsParameters(Parameters, size=PARAMETER_BYTES):
    """Early reflections."""

    time = _reflections_time(0, 0x46)
    pre_delay = _pre_delay(1)
    eq_low, eq_high = _EQ_LOW, _EQ_HIGH


class StereoDelayParameters(Parameters, size=PARAMETER_BYTES):
    """A delay left and one right."""

    delay_left = Milliseconds(0, "Delay L")
    delay_right = Milliseconds(4, "Delay R")
    feedback = _feedback(2)
    high_damp = Number(3, "High Damp")
    eq_low, eq_high = _EQ_LOW, _EQ_HIGH


class ChorusParameters(Parameters, size=PARAMETER_BYTES):
    """A chorus."""

    depth, speed = _DEPTH, _SPEED
    delay = Steps(4, "Delay Time", 200, " ms")
    waveform, phase = _WAVEFORM, _PHASE
    eq_low, eq_high = _EQ_LOW, _EQ_HIGH


class FlangerParameters(Parameters, size=PARAMETER_BYTES):
    """A flanger."""

    depth, speed = _DEPTH, _SPEED
    delay = Steps(4, "Delay Time", 50, " ms")
    feedback = _feedback(3)
    waveform, phase = _WAVEFORM, _PHASE
    eq_low, eq_high = _EQ_LOW, _EQ_HIGH


class PhaserParameters(Parameters, size=PARAMETER_BYTES):
    """A phaser."""

    depth, speed = _DEPTH, _SPEED
    feedback = _feedback(3)
    manual = Number(4, "Manual")
    waveform, phase = _WAVEFORM, _PHASE


class TremoloParameters(Parameters, size=PARAMETER_BYTES):
    """A tremolo."""

    depth, speed = _DEPTH, _SPEED
    shape = _feedback(3, "Shape")
    waveform, phase = _WAVEFORM, _PHASE
    eq_low, eq_high = _EQ_LOW, _EQ_HIGH


class EqualizerParameters(Parameters, size=PARAMETER_BYTES):
    """Three bands of equalization."""

    low_gain = Decibels(7, "Low Gain")
    low_fc = Number(4, "Low Fc", 0, 2, names=("250 Hz", "500 Hz", "1000 Hz"))
    high_gain = Decibels(6, "High Gain")
    high_fc = Number(5, "High Fc", 0, 2, names=("1000 Hz", "2000 Hz", "4000 Hz"))
    mid_gain = Decibels(1, "Mid Gain")
    mid_fc = _MID_FC


class OverdriveParameters(Parameters, size=PARAMETER_BYTES):
    """An overdrive."""

    drive = Number(2, "Drive", 0, _HUNDRED)
    level = Number(3, "Level")
    eq_low, eq_high = _EQ_LOW, _EQ_HIGH
    mid_gain = Decibels(1, "Mid Gain")
    mid_fc = _MID_FC


class DistortionParameters(Parameters, size=PARAMETER_BYTES):
    """A distortion."""

    distortion = Number(2, "Distortion", 0, _HUNDRED)
    level = Number(3, "Level")
    eq_low = _EQ_LOW


class ExciterParameters(Parameters, size=PARAMETER_BYTES):
    """An exciter."""

    blend = _feedback(0, "Blend")
    emphatic_point = Steps(1, "Emphatic Pt", 10, "", start=1)  # 11 in Korg's own banks, too
    eq_low, eq_high = _EQ_LOW, _EQ_HIGH


class SymphonicParameters(Parameters, size=PARAMETER_BYTES):
    """A symphonic ensemble."""

    depth = _DEPTH
    eq_low, eq_high = _EQ_LOW, _EQ_HIGH


class RotaryParameters(Parameters, size=PARAMETER_BYTES):
    """A rotary speaker."""

    depth = _DEPTH
    speed_rate = Number(2, "Speed Rate", -10, 10)


# The effects of two halves begin with the same delay.
_DELAY = Milliseconds(0, "Delay Time")
_DELAY_FEEDBACK, _DELAY_DAMP = _feedback(2), Number(3, "High Damp")
_HALF_DEPTH, _HALF_SPEED = Number(4, "Depth"), Rate(5)
_HALF_WAVEFORM = Number(6, "Waveform", 0, 1, width=1, names=_WAVES)


class DelayHallParameters(Parameters, size=PARAMETER_BYTES):
    """A delay beside a hall."""

    delay, feedback, high_damp = _DELAY, _DELAY_FEEDBACK, _DELAY_DAMP
    reverb_time = _reverb_time(4, 0x61)
    pre_delay = _pre_delay(7, 150)
    reverb_damp = Number(6, "Rev High Damp")


class DelayRoomParameters(Parameters, size=PARAMETER_BYTES):
    """A delay beside a room."""

    delay, feedback, high_damp = _DELAY, _DELAY_FEEDBACK, _DELAY_DAMP
    reverb_time = _reverb_time(4, 0x2F)
    pre_delay = _pre_delay(7, 150)
    reverb_damp = Number(6, "Rev High Damp")


class DelayReflectionsParameters(Parameters, size=PARAMETER_BYTES):
    """A delay beside early reflections."""

    delay, feedback, high_damp = _DELAY, _DELAY_FEEDBACK, _DELAY_DAMP
    time = _reflections_time(4, 0x1E)
    pre_delay = _pre_delay(5, 150)


class TwoDelaysParameters(Parameters, size=PARAMETER_BYTES):
    """Two delays, each with its own feedback."""

    delay_left = Milliseconds(0, "Delay L")
    feedback_left = _feedback(2, "Feedback L")
    high_damp_left = Number(3, "High Damp L")
    delay_right = Milliseconds(4, "Delay R")
    feedback_right = _feedback(6, "Feedback R")
    high_damp_right = Number(7, "High Damp R")


class DelayChorusParameters(Parameters, size=PARAMETER_BYTES):
    """A delay beside a chorus."""

    delay, feedback, high_damp = _DELAY, _DELAY_FEEDBACK, _DELAY_DAMP
    depth, speed, waveform = _HALF_DEPTH, _HALF_SPEED, _HALF_WAVEFORM


class DelayFlangerParameters(Parameters, size=PARAMETER_BYTES):
    """A delay beside a flanger."""

    delay, feedback, high_damp = _DELAY, _DELAY_FEEDBACK, _DELAY_DAMP
    depth, speed, waveform = _HALF_DEPTH, _HALF_SPEED, _HALF_WAVEFORM
    modulation_feedback = _feedback(7, "Mod Feedback")


class DelayPhaserParameters(Parameters, size=PARAMETER_BYTES):
    """A delay beside a phaser."""

    delay, feedback, high_damp = _DELAY, _DELAY_FEEDBACK, _DELAY_DAMP
    depth, speed = _HALF_DEPTH, _HALF_SPEED
    modulation_feedback = _feedback(6, "Mod Feedback")


class DelayTremoloParameters(Parameters, size=PARAMETER_BYTES):
    """A delay beside a tremolo."""

    delay, feedback, high_damp = _DELAY, _DELAY_FEEDBACK, _DELAY_DAMP
    depth, speed = _HALF_DEPTH, _HALF_SPEED
    shape = _feedback(7, "Shape")


class UnknownParameters(Parameters, size=PARAMETER_BYTES):
    """Parameters of a number that is no effect's."""

    bytes_ = Octets(0, PARAMETER_BYTES, "bytes of unknown meaning")


def _set(field: Any, buffer: bytearray, shown: str) -> None:
    values = (value for value in range(field.low, field.high + 1) if field.show(value) == shown)
    value = next(values, None)
    if value is None:
        raise ValueError(f"{field.label}: expected {field.allowed_in(b'')}, found {shown!r}")
    field.write(buffer, value)


class Algorithm(NamedTuple):
    """One of the M1's effects."""

    name: str
    parameters: type[Parameters]
    default_values: tuple[str, ...] = ()
    """What its parameters become when the panel selects it, as the display shows them."""
    default_balance: tuple[int, int] = (0, 0)
    modulates: bool = False
    """Whether it bars effects 24 and 25 from the other place."""

    @property
    def halves(self) -> tuple[str, str] | None:
        """The two effects side by side that it consists of; None for a single one.

        Their balance is then of the halves, not of left and right.
        """
        first, slash, second = self.name.partition("/")
        if not slash:
            return None
        return (f"{first} L", f"{second} R") if first == second else (first, second)

    @property
    def defaults(self) -> Parameters:
        """The parameters after the panel has selected it."""
        return self.set_to({})

    def set_to(self, shown: Mapping[str, str]) -> Parameters:
        """Return the defaults with some fields changed, each given as the display shows it.

        Raises ValueError for a field or a value that the effect does not have.
        """
        names = [field.name for field in self.parameters.fields]
        wanted = dict(zip(names, self.default_values, strict=True))
        if strange := set(shown) - set(names):
            raise ValueError(f"{self.name}: expected {', '.join(names)}, found {min(strange)}")
        buffer = bytearray(PARAMETER_BYTES)
        for field in self.parameters.fields:
            _set(field, buffer, (wanted | dict(shown))[field.name])
        return self.parameters(bytes(buffer))

    def default_of(self, field: Field[Any]) -> str:
        """Return a parameter's default as the display shows it, "" where it has none."""
        table = dict(zip(self.parameters.fields, self.default_values, strict=False))
        return table.get(field, "")


def _algorithm(
    name: str,
    parameters: type[Parameters],
    defaults: str,
    balance: tuple[int, int],
    *,
    modulates: bool = False,
) -> Algorithm:
    values = tuple(one.strip() for one in defaults.split(","))
    return Algorithm(name, parameters, values, balance, modulates)


def _modulation(
    name: str, parameters: type[Parameters], defaults: str, balance: tuple[int, int]
) -> Algorithm:
    return _algorithm(name, parameters, defaults, balance, modulates=True)


ALGORITHMS = (
    _algorithm("Hall", HallParameters, "3.5 s, 55 ms, 46, 40, -5 dB, +0 dB", (40, 40)),
    _algorithm("Ensemble Hall", HallParameters, "2.8 s, 30 ms, 46, 40, -3 dB, +0 dB", (40, 40)),
    _algorithm("Concert Hall", HallParameters, "3.8 s, 120 ms, 46, 40, +0 dB, -2 dB", (40, 40)),
    _algorithm("Room", RoomParameters, "0.5 s, 22 ms, 76, 10, +1 dB, +0 dB", (60, 60)),
    _algorithm("Large Room", RoomParameters, "1.5 s, 30 ms, 76, 30, +2 dB, +4 dB", (40, 40)),
    _algorithm("Live Stage", HallParameters, "2.0 s, 20 ms, 60, 20, +3 dB, +0 dB", (40, 40)),
    _algorithm("Early Ref 1", EarlyReflectionsParameters, "170 ms, 30 ms, +0 dB, +0 dB", (40, 40)),
    _algorithm("Early Ref 2", EarlyReflectionsParameters, "200 ms, 20 ms, +0 dB, +0 dB", (40, 40)),
    _algorithm("Early Ref 3", EarlyReflectionsParameters, "190 ms, 10 ms, +0 dB, +0 dB", (40, 40)),
    _algorithm(
        "Stereo Delay", StereoDelayParameters, "250 ms, 260 ms, +50, 10, +0 dB, +0 dB", (30, 30)
    ),
    _algorithm(
        "Cross Delay", StereoDelayParameters, "180 ms, 360 ms, +80, 10, +0 dB, +0 dB", (30, 30)
    ),
    _modulation(
        "Stereo Chorus 1",
        ChorusParameters,
        "60, 0.30 Hz, 10 ms, TRI, 180°, +0 dB, +0 dB",
        (40, 40),
    ),
    _modulation(
        "Stereo Chorus 2", ChorusParameters, "20, 2.40 Hz, 5 ms, SIN, 0°, +0 dB, +0 dB", (40, 40)
    ),
    _modulation(
        "Stereo Flanger",
        FlangerParameters,
        "70, 0.18 Hz, 0 ms, -75, SIN, 180°, +0 dB, +0 dB",
        (60, 60),
    ),
    _modulation(
        "Cross Flanger",
        FlangerParameters,
        "37, 0.21 Hz, 25 ms, +80, SIN, 0°, +0 dB, +0 dB",
        (75, 75),
    ),
    _modulation("Phaser 1", PhaserParameters, "60, 0.69 Hz, -75, 99, SIN, 180°", (75, 75)),
    _modulation("Phaser 2", PhaserParameters, "69, 0.57 Hz, +87, 99, TRI, 0°", (40, 40)),
    _modulation(
        "Stereo Tremolo 1",
        TremoloParameters,
        "80, 1.59 Hz, +99, SIN, 180°, +0 dB, +0 dB",
        (100, 100),
    ),
    _modulation(
        "Stereo Tremolo 2", TremoloParameters, "63, 4.0 Hz, +0, TRI, 0°, +0 dB, +0 dB", (100, 100)
    ),
    _algorithm(
        "Equalizer",
        EqualizerParameters,
        "+0 dB, 500 Hz, +0 dB, 2000 Hz, +0 dB, 1000 Hz",
        (100, 100),
    ),
    _algorithm(
        "Over Drive", OverdriveParameters, "80, 15, +0 dB, +0 dB, +0 dB, 1000 Hz", (100, 100)
    ),
    _algorithm("Distortion", DistortionParameters, "80, 20, +0 dB", (100, 100)),
    _algorithm("Exciter", ExciterParameters, "+99, 5, +0 dB, +0 dB", (100, 100)),
    _modulation("Symphonic Ens", SymphonicParameters, "80, +0 dB, +0 dB", (50, 50)),
    _modulation("Rotary Speaker", RotaryParameters, "62, +5", (100, 100)),
    _algorithm("Delay/Hall", DelayHallParameters, "250 ms, +50, 10, 3.5 s, 55 ms, 40", (30, 40)),
    _algorithm("Delay/Room", DelayRoomParameters, "250 ms, +50, 10, 1.5 s, 30 ms, 30", (30, 40)),
    _algorithm(
        "Delay/E.Ref", DelayReflectionsParameters, "250 ms, +50, 10, 200 ms, 30 ms", (30, 40)
    ),
    _algorithm("Delay/Delay", TwoDelaysParameters, "250 ms, +50, 10, 260 ms, +50, 10", (30, 30)),
    _modulation(
        "Delay/Chorus", DelayChorusParameters, "250 ms, +50, 10, 60, 0.30 Hz, TRI", (30, 40)
    ),
    _modulation(
        "Delay/Flanger", DelayFlangerParameters, "250 ms, +50, 10, 70, 0.18 Hz, SIN, -75", (30, 60)
    ),
    _modulation(
        "Delay/Phaser", DelayPhaserParameters, "250 ms, +50, 10, 60, 0.69 Hz, -75", (30, 75)
    ),
    _modulation(
        "Delay/Tremolo", DelayTremoloParameters, "250 ms, +50, 10, 80, 1.59 Hz, +0", (30, 100)
    ),
)
"""Effects 1-33, the first at index 0, as the type byte of an effects block has it."""

EFFECTS = tuple(algorithm.name for algorithm in ALGORITHMS)
EFFECT_NAMES = (*EFFECTS, "through")
_THROUGH = Algorithm(EFFECT_NAMES[THROUGH], Parameters)
_UNKNOWN = Algorithm("of unknown type", UnknownParameters)
_SYMPHONIC, _ROTARY = EFFECTS.index("Symphonic Ens"), EFFECTS.index("Rotary Speaker")


def algorithm_of(kind: int) -> Algorithm:
    """Return the effect of a type byte: 0-32, 33 for through, any other for an unknown one."""
    if kind < len(ALGORITHMS):
        return ALGORITHMS[kind]
    return _THROUGH if kind == THROUGH else _UNKNOWN


def _unnamed_bits(parameters: type[Parameters]) -> bytes:
    """Return a mask of the bits that no parameter of a layout owns."""
    owned = bytearray(PARAMETER_BYTES)
    for field in parameters.fields:
        for index, bits in enumerate(field.mask(), field.offset):
            owned[index] |= bits
    return bytes(0xFF ^ bits for bits in owned)


class ParametersField(Field[Parameters]):
    """An effect's parameters: which they are depends on its type.

    All eight bytes are memory. What the effect does not use is carried, and listed where it is
    not 0.
    """

    def __init__(self, offset: int, kind: Number) -> None:
        super().__init__(offset, PARAMETER_BYTES, kind.label.removesuffix(" type"))
        self.kind = kind

    def read(self, raw: bytes) -> Parameters:
        """Return the parameters as the effect of the type byte has them."""
        layout = algorithm_of(self.kind.read(raw)).parameters
        return layout(raw[self.offset : self.offset + self.size])

    def write(self, buffer: bytearray, value: Parameters) -> None:
        """Store parameters; ValueError if they are those of another effect than the type says."""
        expected = algorithm_of(self.kind.read(bytes(buffer))).parameters
        if type(value) is not expected:
            found = type(value).__name__
            raise ValueError(f"{self.label}: expected {expected.__name__}, found {found}")
        buffer[self.offset : self.offset + self.size] = value.raw

    def values(self, raw: bytes, prefix: str, title: str) -> Iterator[Value]:
        """Yield each parameter of the effect by its name."""
        algorithm = algorithm_of(self.kind.read(raw))
        record = self.read(raw)
        path, label = f"{prefix}{self.name}.", f"{title}{self.label} {algorithm.name}: "
        for field in record.fields:
            for value in field.values(record.raw, path, label):
                yield value._replace(default=algorithm.default_of(field))
        unnamed = bytes(
            byte & bits for byte, bits in zip(record.raw, _unnamed_bits(type(record)), strict=True)
        )
        if any(unnamed):
            shown = unnamed.hex(" ").upper()
            yield Value(f"{path}unused", f"{label}unused bits", unnamed, shown, True)

    def pairs(
        self, raw: bytes, other: bytes, prefix: str, title: str
    ) -> Iterator[tuple[Value, Value]]:
        """Yield the parameters side by side, "none" where only one of two effects has it."""
        left = {value.path: value for value in self.values(other, prefix, title)}
        for value in self.values(raw, prefix, title):
            yield value, left.pop(value.path, _none(value))
        for value in left.values():
            yield _none(value), value


def _none(value: Value) -> Value:
    return value._replace(value="", shown="none", valid=True)


class Balance(Number):
    """How much of an effect is heard: left or right, or of one of its two halves."""

    def __init__(self, offset: int, kind: Number, half: int) -> None:
        side = ("left", "right")[half]
        super().__init__(offset, f"{kind.label.removesuffix(' type')} balance {side}", 0, 100)
        self.kind, self.half = kind, half

    def label_in(self, raw: bytes) -> str:
        """Return the side, or in an effect of two halves the half."""
        halves = algorithm_of(self.kind.read(raw)).halves
        if halves is None:
            return self.label
        return f"{self.kind.label.removesuffix(' type')} balance {halves[self.half]}"


class Effects(Record, size=25):
    """Two effects with their balance, routing and parameters.

    A parameter's `replace` follows that of its type: give the type first.
    """

    effect_1 = Number(0, "Effect 1 type", 0, THROUGH, names=EFFECT_NAMES)
    effect_2 = Number(1, "Effect 2 type", 0, THROUGH, names=EFFECT_NAMES)
    effect_1_left = Balance(2, effect_1, 0)
    effect_1_right = Balance(3, effect_1, 1)
    effect_2_left = Balance(4, effect_2, 0)
    effect_2_right = Balance(5, effect_2, 1)
    out_3_pan = Number(6, "Output 3 pan", 0, 101, names=OUT_PANS)
    out_4_pan = Number(7, "Output 4 pan", 0, 101, names=OUT_PANS)
    effect_1_left_on = Flag(8, 0, "Effect 1 left")
    effect_1_right_on = Flag(8, 1, "Effect 1 right")
    effect_2_left_on = Flag(8, 2, "Effect 2 left")
    effect_2_right_on = Flag(8, 3, "Effect 2 right")
    serial = Flag(8, 4, "Placement", ("parallel", "serial"))
    effect_1_parameters = ParametersField(9, effect_1)
    effect_2_parameters = ParametersField(17, effect_2)


def effect_notes(effects: Effects) -> tuple[str, ...]:
    """Return what there is to know of a pair of effects that no single value says."""
    pairs = ((effects.effect_1, effects.effect_2), (effects.effect_2, effects.effect_1))
    notes = []
    if any(algorithm_of(a).modulates and b in (_SYMPHONIC, _ROTARY) for a, b in pairs):
        names = " and ".join(algorithm_of(kind).name for kind in pairs[0])
        notes.append(
            f"{names}: the M1's panel does not offer this pair, because "
            f"{EFFECTS[_SYMPHONIC]} and {EFFECTS[_ROTARY]} leave no room for another modulation."
        )
    slots = (
        (1, effects.effect_1, effects.effect_1_parameters),
        (2, effects.effect_2, effects.effect_2_parameters),
    )
    for number, kind, parameters in slots:
        algorithm = algorithm_of(kind)
        if algorithm.default_values and parameters == algorithm.defaults:
            notes.append(
                f"Effect {number} {algorithm.name}: its parameters are the panel's defaults."
            )
    return tuple(notes)
