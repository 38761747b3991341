"""The full screens: home, procedure, transfer, result, source, help."""
