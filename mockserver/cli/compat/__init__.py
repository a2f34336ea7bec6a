"""Which clients survive: reader programs against every contract, plain and varied."""
