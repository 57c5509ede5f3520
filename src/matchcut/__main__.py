"""`python -m matchcut`."""

from matchcut.cli.main import entry

entry()
