"""One module per command, imported when it runs: `run(options, arguments, output)`."""
