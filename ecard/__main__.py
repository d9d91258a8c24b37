"""``python -m ecard`` is the ``ecard`` command."""

from ecard.cli import main

main(prog_name="ecard")
