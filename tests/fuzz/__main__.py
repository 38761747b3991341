"""Fuzzes each target in turn, or replays findings: see `make fuzz`.

python -m tests.fuzz                     all targets, FUZZ_SECONDS (600) in all
python -m tests.fuzz file                one target, all of the time
python -m tests.fuzz replay file PATH    the property of one target on the bytes of a file
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.fuzz.properties import PROPERTIES
from tests.fuzz.seeds import SEEDS

FOLDER = Path(".fuzz")
"""Where the corpora grow and the findings lie; git ignores it."""
SECONDS = 600
LONGEST = {"file": 20_000, "wrapped": 12_000, "text": 4_000, "framer": 1_500, "message": 60_000}
"""Bytes of an input: a dump of a part fits, and many small ones are faster than one large."""
SLOWEST = 20
"""Seconds after which an input counts as one that never ends."""
MOST_MEGABYTES = 1_024


def main(words: list[str]) -> int:
    """Return 0 if every property held, 1 otherwise, 2 for words that are not understood."""
    if words[:1] == ["replay"] and len(words) == 3 and words[1] in PROPERTIES:
        PROPERTIES[words[1]](Path(words[2]).read_bytes())
        print("The property holds.")
        return 0
    names = words or list(PROPERTIES)
    if not set(names) <= set(PROPERTIES):
        print(__doc__, file=sys.stderr)
        return 2
    seconds = int(os.environ.get("FUZZ_SECONDS", SECONDS)) // len(names)
    return max([fuzz(name, max(1, seconds)) for name in names])


def fuzz(name: str, seconds: int) -> int:
    """Fuzz one target for so long; return 1 and tell how to replay it if a property broke."""
    corpus, findings = FOLDER / name, FOLDER / "findings"
    corpus.mkdir(parents=True, exist_ok=True)
    findings.mkdir(exist_ok=True)
    for number, seed in enumerate(SEEDS[name]()):
        (corpus / f"seed-{number:02d}").write_bytes(seed)
    before = set(findings.iterdir())
    print(f"{name}: {seconds} s", flush=True)
    options = [
        f"-max_total_time={seconds}",
        f"-max_len={LONGEST[name]}",
        f"-timeout={SLOWEST}",
        f"-rss_limit_mb={MOST_MEGABYTES}",
        f"-artifact_prefix={findings}/{name}-",
        "-print_final_stats=1",
        "-verbosity=0",
    ]
    command = [sys.executable, "-m", "tests.fuzz.target", name, *options, str(corpus)]
    code = subprocess.run(command, check=False).returncode
    for path in sorted(set(findings.iterdir()) - before):
        print(f"FOUND. Replay it: {sys.executable} -m tests.fuzz replay {name} {path}")
    return 1 if code else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
