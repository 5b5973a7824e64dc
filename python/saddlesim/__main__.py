"""``python -m saddlesim`` is the command, also where its script is on no path."""

from saddlesim.cli import main

main()
