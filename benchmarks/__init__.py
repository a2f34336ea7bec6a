"""The speed of the mock beside nginx and other servers; see README.md."""
