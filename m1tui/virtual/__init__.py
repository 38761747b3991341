"""An M1 in software: pure state machines and one asynchronous shell, the wire."""
