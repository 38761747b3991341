"""What the app's tests share with the commands': an M1 that is served by another process."""

from tests.cli.conftest import simulate

__all__ = ["simulate"]
