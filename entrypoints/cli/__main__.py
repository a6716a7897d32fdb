"""`python -m entrypoints.cli`: the command as the launcher starts it without a warm process."""

from entrypoints.cli.app import main

main()
