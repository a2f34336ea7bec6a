"""Stand-ins that the contract suite is tried on: wrong servers, right servers, a live API."""
