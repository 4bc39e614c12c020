"""The end of a program whose log lies on a full disk: words that are not written decide no exit code."""

import os
import sys


def let_a_full_log_be() -> None:
    """Drop the last words that a full disk does not take: for want of them Python would end with 120."""
    try:
        sys.stderr.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stderr.fileno())
        os.close(nowhere)
