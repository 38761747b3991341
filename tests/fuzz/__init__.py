"""What must hold for any bytes whatever: looked for by coverage, and kept by the tests."""
