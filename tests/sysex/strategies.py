"""Arbitrary memory and arbitrary messages of the M1's format."""

from hypothesis import strategies as st

from m1tui.sysex import (
    Allocation,
    Bank,
    BankDump,
    BankRequest,
    CardNames,
    Combination,
    CombinationDump,
    CombinationRequest,
    CombinationWrite,
    Contents,
    GlobalData,
    IdentityReply,
    IdentityRequest,
    ModeChange,
    ModeData,
    ModeRequest,
    NameKind,
    NamesRequest,
    ParameterChange,
    Part,
    Program,
    ProgramDump,
    ProgramRequest,
    ProgramWrite,
    Sequence,
    SequenceControl,
    Status,
    StatusCode,
)

channels = st.integers(0, 15)
seven_bits = st.integers(0, 127)
slots = st.integers(0, 99)
banks = st.sampled_from(Bank)


def records(kind):
    """Return arbitrary records of a kind, any bytes whatever."""
    return st.binary(min_size=kind.size, max_size=kind.size).map(kind)


@st.composite
def contents(draw, part=Part.ALL, allocation=None):
    """Return arbitrary memory; few distinct records, so that examples stay small."""
    allocation = draw(st.sampled_from(Allocation)) if allocation is None else allocation
    programs = (draw(records(Program)),) * allocation.programs
    combinations = (draw(records(Combination)),) * allocation.combinations
    steps = draw(st.binary(max_size=40).map(lambda data: data[: len(data) // 4 * 4]))
    control = SequenceControl(draw(st.binary(min_size=4, max_size=4)) + bytes(1518))
    memory = Contents(
        programs,
        combinations,
        draw(records(GlobalData)),
        Sequence(control, steps),
        allocation,
    )
    return memory.only(part)


@st.composite
def bank_dumps(draw):
    """Return a dump of any part, either bank, either allocation."""
    part = draw(st.sampled_from(Part))
    return BankDump.of(draw(contents(part)), part, draw(banks), draw(channels))


card_names = st.builds(
    CardNames,
    channels,
    st.sampled_from(NameKind),
    st.lists(st.binary(min_size=10, max_size=10).map(lambda b: bytes(x & 127 for x in b))).map(
        tuple
    ),
)

short_messages = st.one_of(
    st.builds(ModeRequest, channels),
    st.builds(ModeData, channels, seven_bits, seven_bits, seven_bits, seven_bits),
    st.builds(ModeChange, channels, seven_bits, seven_bits),
    st.builds(ParameterChange, channels, seven_bits, seven_bits, st.integers(0, 16_383)),
    st.builds(ProgramRequest, channels),
    st.builds(CombinationRequest, channels),
    st.builds(ProgramDump, channels, records(Program)),
    st.builds(CombinationDump, channels, records(Combination)),
    st.builds(ProgramWrite, channels, banks, slots),
    st.builds(CombinationWrite, channels, banks, slots),
    st.builds(BankRequest, channels, st.sampled_from(Part), banks),
    st.builds(NamesRequest, channels, st.sampled_from(NameKind)),
    card_names,
    st.builds(Status, channels, st.sampled_from(StatusCode)),
    st.builds(IdentityRequest, st.none() | channels),
    st.builds(
        IdentityReply, channels, st.binary(max_size=12).map(lambda b: bytes(x & 127 for x in b))
    ),
)
