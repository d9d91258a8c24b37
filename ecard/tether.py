"""Turns into a program that ends when its parent ends, however the parent ended.

    python tether.py PARENT_PID PROGRAM [ARGUMENT …]

On Linux the kernel sends SIGTERM at the parent's death, kill -9 included (prctl(2), PR_SET_PDEATHSIG; it outlives
execve). SIGTERM rather than SIGKILL, because a web server must still stop its own workers. Other systems have no such
promise: there, programs outlive a parent that was killed with -9, and end with every parent that stopped in order.

Run by path, before any of the program's own code: it imports nothing but the standard library.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
_NOT_RUNNABLE = 127  # the shell's exit status for it


def end_with(parent: int) -> None:
    """From now on, this process gets SIGTERM when its parent ends. Exits if that has happened already."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:  # it died before the kernel was asked
        sys.exit(signal.SIGTERM)


def main(argv: list[str]) -> None:
    """Never returns: this process becomes the program, or exits."""
    parent, program = int(argv[0]), argv[1:]
    end_with(parent)
    try:
        os.execvp(program[0], program)  # noqa: S606 — no shell is meant
    except OSError as error:
        sys.stderr.write(f"{program[0]} cannot be run: {error.strerror}\n")
        sys.exit(_NOT_RUNNABLE)


if __name__ == "__main__":
    main(sys.argv[1:])
