"""The contract suite: what the image endpoint must do, whoever serves it.

``pytest contract_tests`` starts a mock and tests every contract, ``--target URL`` any other server,
``--target live`` the provider's. Installed, it is ``pytest --pyargs mockserver.contract_tests``.
"""
