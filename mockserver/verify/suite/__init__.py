"""The machinery of the contract suite; the tests that use it are in ``contract_tests``."""
