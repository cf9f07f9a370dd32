"""The terminal door: arguments in, text out, exit codes.

Exit codes: 0 fine; 1 findings at or above ``--fail-on``, or refused; 2 usage or
unreadable input; 3 store or internal error. Data goes to stdout, messages to stderr.
Whatever is heavy is imported by the command that needs it.
"""

from ropa.cli import (
    answers,
    approvals,
    entries,
    evidence,
    history,
    impact,
    inference,
    keeping,
    questions,
    registers,
    verifying,
)
from ropa.cli.door import main

__all__ = [
    "answers",
    "approvals",
    "entries",
    "evidence",
    "history",
    "impact",
    "inference",
    "keeping",
    "main",
    "questions",
    "registers",
    "verifying",
]
