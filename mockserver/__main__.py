"""Run the command line as ``python -m mockserver``."""

from mockserver.cli import main

main()
