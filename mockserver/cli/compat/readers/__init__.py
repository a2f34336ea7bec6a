"""Small client programs, one for each way to read an answer; they are run, not imported."""
