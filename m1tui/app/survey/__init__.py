"""The survey in the app: "Get to know this M1"."""
