"""`python -m workbench.cli`, for when the script is not on PATH."""

from workbench.cli.app import main

main()
