"""What can go wrong, once: code, exit code and HTTP status of every error."""

from __future__ import annotations

from typing import Any, ClassVar


class RopaError(Exception):
    """Base of all errors that are told to a person.

    Args:
        message: a full sentence: what is wrong and where.
        hint: a full sentence: what to do about it.
        details: plain values that a program may want (file, line, limit …).
    """

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 3
    http_status: ClassVar[int] = 500

    def __init__(self, message: str, *, hint: str = "", **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details = {k: v for k, v in details.items() if v is not None}

    def __str__(self) -> str:
        return self.message

    def as_json(self) -> dict[str, Any]:
        """Give the error as plain values, for a pipe or a problem document."""
        return {
            "code": self.code,
            "message": self.message,
            "hint": self.hint,
            "details": self.details,
        }


class InputError(RopaError):
    """What was given cannot be understood."""

    code = "input"
    exit_code = 2
    http_status = 400


class FormatError(InputError):
    """A text is not in the format it claims; ``line`` and ``column`` from 1."""

    code = "format"


class UnknownTerm(InputError):
    """A term is not in the vocabulary; the message names the nearest ones."""

    code = "unknown-term"


class ShapeRefused(InputError):
    """A shape that a user adds is not let in; the message names it and its line."""

    code = "shape-refused"
    http_status = 422


class QueryError(InputError):
    """A query cannot be read, or asks for what is not allowed."""

    code = "query"


class TooLarge(InputError):
    """More bytes than are accepted."""

    code = "too-large"
    http_status = 413


class MediaTypeUnknown(InputError):
    """A media type or file suffix that is not one of ours."""

    code = "media-type"
    http_status = 415


class SourceUnknown(InputError):
    """A text is none of the documents that were read; its digest tells."""

    code = "source-unknown"
    http_status = 422


class NotAcceptable(InputError):
    """An answer was asked for in a format that it does not have."""

    code = "not-acceptable"
    http_status = 406


class BackupRejected(InputError):
    """A file is no backup of a register, or not as it was written."""

    code = "backup-rejected"
    http_status = 422


class EntryRejected(RopaError):
    """An entry was understood and is structurally unsound; carries the report."""

    code = "entry-rejected"
    exit_code = 1
    http_status = 422

    def __init__(self, message: str, *, report: Any, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.report = report


class AnswerRejected(RopaError):
    """What is said to a finding cannot be taken; ``faults`` names them by field."""

    code = "answer-rejected"
    exit_code = 1
    http_status = 422


class ApprovalRefused(RopaError):
    """A step of approval cannot be taken; ``faults`` says why, by field."""

    code = "approval-refused"
    exit_code = 1
    http_status = 422


class NotFound(RopaError):
    """Nothing of that name is in the register."""

    code = "not-found"
    exit_code = 1
    http_status = 404


class UnknownName(NotFound):
    """An argument names what does not exist; the hint gives near names."""

    code = "unknown-name"
    exit_code = 2


class Conflict(RopaError):
    """The entry changed since it was read (RFC 9110 section 13.1.1)."""

    code = "conflict"
    exit_code = 1
    http_status = 412


class RevisionMissing(RopaError):
    """A write did not say which revision it replaces (RFC 6585 section 3)."""

    code = "revision-missing"
    exit_code = 1
    http_status = 428


class NotAllowed(RopaError):
    """The request comes from a place that may not make it."""

    code = "not-allowed"
    exit_code = 1
    http_status = 403


class NotSupported(RopaError):
    """This store cannot do that."""

    code = "not-supported"
    exit_code = 1
    http_status = 501


class LimitReached(RopaError):
    """A limit on time, memory, rows or bytes ended the work; ``limit`` names it."""

    code = "limit-reached"
    exit_code = 3
    http_status = 503


class NotJudgedYet(RopaError):
    """Findings are still being made; ``judged`` of ``entries`` says how far it is."""

    code = "not-judged-yet"
    exit_code = 3
    http_status = 503


class StoreError(RopaError):
    """The store failed."""

    code = "store"
    exit_code = 3
    http_status = 503


class StoreLocked(StoreError):
    """Another process has the store open."""

    code = "store-locked"


class StoreDamaged(StoreError):
    """Files of the store, or what stands in it, are not as they were written."""

    code = "store-damaged"


class StoreUnreachable(StoreError):
    """No answer at the store's address."""

    code = "store-unreachable"


class StoreTimeout(StoreError):
    """The store did not answer in time."""

    code = "store-timeout"


class StoreFull(StoreError):
    """There is no room left on the disk."""

    code = "store-full"
    http_status = 507


class FormTooOld(StoreError):
    """A register has the form of an earlier version, and has to be migrated."""

    code = "form-too-old"


class FormTooNew(StoreError):
    """A register has the form of a later version."""

    code = "form-too-new"


class InternalError(RopaError):
    """A fault of this program."""

    code = "internal"


def by_code(code: str) -> type[RopaError]:
    """Find the error class of a stable code; unknown codes are internal errors."""
    todo: list[type[RopaError]] = [RopaError]
    while todo:
        kind = todo.pop()
        if kind.code == code:
            return kind
        todo.extend(kind.__subclasses__())
    return InternalError
