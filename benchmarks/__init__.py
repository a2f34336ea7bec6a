"""How fast the mock answers, against nginx sending the same bytes; see README.md."""
