"""Run the contract suite against a target, and report whether it keeps its contract."""
