"""One module per command, imported when it runs: `run(call)` returns the exit code."""
