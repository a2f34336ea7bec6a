"""The contract suite: what the image endpoint must do, whoever serves it.

``pytest contract_tests`` holds a mock of its own to every contract, ``--target URL`` any other
server, ``--target live`` the provider's. It knows HTTP and the core, nothing else.
"""
