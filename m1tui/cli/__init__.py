"""The same actions as the app's, for scripts: prints text or JSON, ends with an exit code."""
