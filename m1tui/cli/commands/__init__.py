"""One module per command, imported when the command line names it.

`add_arguments(parser)` adds what the command takes, `run(call)` runs it and returns the exit code.
"""
