"""What clients of the mock see: the libraries that people use, with every fault."""
