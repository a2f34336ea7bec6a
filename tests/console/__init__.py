"""The console and the API reference, in a real browser."""
