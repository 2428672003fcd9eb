"""Matches texts against patterns with Python's regular expressions.

Reads lines of a pattern and a text, both as UTF-8 in hexadecimal with a blank between them, and writes for each whether the
whole text matches: `yes`, `no`, `invalid` for a pattern that Python refuses, or `slow` where its backtracking takes too long.
"""
import re
import signal
import sys

# Of processor time, so that a busy machine changes nothing.
MAXIMUM_SECONDS = 0.01


def give_up(*_):
    """Ends a match; Python looks for signals while it matches."""
    raise TimeoutError


def answer(pattern, text):
    """What to write for a pattern and a text."""
    signal.setitimer(signal.ITIMER_VIRTUAL, MAXIMUM_SECONDS)
    try:
        return "yes" if re.fullmatch(pattern, text, re.ASCII) else "no"
    except re.error:
        return "invalid"
    except TimeoutError:
        return "slow"
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


signal.signal(signal.SIGVTALRM, give_up)
# Whoever started this may have blocked signals, and a blocked mask is inherited.
signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGVTALRM, signal.SIGTERM})
for line in sys.stdin:
    print(answer(*(bytes.fromhex(part).decode() for part in line.rstrip("\n").split(" "))))
