"""Names the app's own way where an advice names a command of the command line.

The engine, the links and the store speak to both; what is said in the app leads to its keys.
"""

from __future__ import annotations

import re

from m1tui.advice import Advice

WAYS = tuple(
    (re.compile(command), way)
    for command, way in (
        # The interface
        (
            r" and run `m1tui loopback`, or press t on the app's first screen",
            " and press t on home",
        ),
        (r"\(m1tui loopback tests one\)", "(to test one, press t on home)"),
        (r"`?m1tui loopback`? shows", "the test on home (t) shows"),
        (r"the list of `m1tui ports`", "the list of interfaces (t on home)"),
        (r"\(see `m1tui ports`\)", "(to list the interfaces, press t on home)"),
        (r"check with `m1tui ports`", "press l on home"),
        (
            r"`m1tui ports` lists all possible pairs",
            "All possible pairs are in the list of interfaces (t on home)",
        ),
        (r"`m1tui identify` gets an answer", "pressing l on home finds the M1"),
        (r"run m1tui identify, or press l on the home screen", "press l on home"),
        (
            r"A dump file goes to `m1tui restore` as its FILE, not as its port\.",
            'A dump file is not a port: "Data dump from the computer" sends it.',
        ),
        (r"Give (--channel \S+ or --channel [^\s,]+)", r"Start m1tui with \1"),
        (
            r"(?<!Start m1tui )with (--data-dir|--channel(?: \d+)?)(?![\w-]| \d| when you)",
            r"with \1 when you start m1tui",
        ),
        (r"seconds, then try it again\.", "seconds, then press l on home."),
        # What is sent
        (
            r"Choose another file, or send one of the parts that it contains with --what\.",
            "Choose another file.",
        ),
        (
            r"Send only the other parts with --what, or make a backup and change the allocation\.",
            'Choose another file, or do "Change the memory allocation" first.',
        ),
        (r", or another part with --what\.", ", or another file."),
        (r"Send only the sequence with --what sequence, or", "Choose a file of songs only, or"),
        (
            r"Send only programs, combinations or global with --what, or",
            "Choose a file without songs, or",
        ),
        (
            r"To send (only what is intact|it anyway): --accept-damage\.",
            r"To send \1, send it again and answer yes when you are asked.",
        ),
        (
            r"(?:Take out|Save) what is intact(?: in it)?: m1tui convert --salvage FILE OUT\.syx",
            "To send what is intact in it, choose it again and answer yes when you are asked.",
        ),
        (
            r"; what is intact in it can be saved with m1tui convert --salvage",
            '; "Data dump from the computer" can send what is intact in it',
        ),
        # The library and the log
        (
            r"Import the dump again: m1tui library import FILE",
            "Import the dump again: press a in the library.",
        ),
        (r"Choose a backup yourself: m1tui library list", "Choose a backup in the library (b)."),
        (r"(?<!run )m1tui library rebuild", "leave with q, and run m1tui library rebuild"),
        (r"See what it contains: m1tui log list", "See what it contains: press s on home."),
        (r"Begin another visit: m1tui log begin ID\.?", "Begin another visit: press i in the log."),
        (
            r"If it was ended by mistake: m1tui log reopen \S+",
            "If it was ended by mistake: press o.",
        ),
        (r"Continue it: m1tui log bench \S+", "Continue it: press b."),
        # Procedures and the survey
        (
            r"then run `m1tui procedures check \"[^\"]*\"`\.",
            "then leave with q and start m1tui again.",
        ),
        (
            r"For this one, run m1tui survey with another folder: --out DIR\.",
            "For this one, press c to begin a new survey.",
        ),
    )
)
"""What is said for the command line, and the app's own way; no way is itself worded again."""


def own_way(text: str) -> str:
    """Return an advice's sentences with the app's way in the place of a command."""
    for command, way in WAYS:
        text = command.sub(way, text)
    return text


def in_the_app(advice: Advice) -> Advice:
    """Return an advice as the app shows it."""
    return advice._replace(
        happened=own_way(advice.happened),
        safe=own_way(advice.safe),
        cause=own_way(advice.cause),
        next_step=own_way(advice.next_step),
    )
