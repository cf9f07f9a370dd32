"""What is judged by the law of another day: findings, and how far the law is known.

Findings of today are kept with the entries. Those of another day are made when they
are asked for, which takes seconds, and stay in memory until something is written.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from flask import Flask, current_app
from rdflib import URIRef

from ropa import answers, entry
from ropa.errors import RopaError
from ropa.reader import JUDGED
from ropa.terms import DCT, LAW, ROPA
from webui.current import the_register
from webui.day import asked_day, judged_day
from webui.languages import gettext as _
from webui.languages import language
from webui.reports import Shown, from_graph, from_report
from webui.values import day, seconds

if TYPE_CHECKING:
    from ropa.findings import Report
    from ropa.store.base import Table

MOST_KEPT = 32
_QUESTION = "findings"


@dataclass(frozen=True)
class _Made:
    """Something that was computed, and the time it took, in seconds."""

    value: Any
    seconds: float


class _Kept:
    """What was computed last; one thing at a time is being made."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._made: OrderedDict[tuple[object, ...], _Made] = OrderedDict()

    def is_known(self, key: tuple[object, ...]) -> bool:
        """Tell whether something was made before."""
        return key in self._made

    def get(self, key: tuple[object, ...], make: Callable[[], Any]) -> _Made:
        """Give what was made before, or make it now."""
        with self._lock:
            if key not in self._made:
                start = time.monotonic()
                value = make()
                self._made[key] = _Made(value, time.monotonic() - start)
                while len(self._made) > MOST_KEPT:
                    self._made.popitem(last=False)
            return self._made[key]


def _kept() -> _Kept:
    kept: _Kept = current_app.extensions["judging"]
    return kept


def is_another_day() -> bool:
    """Tell whether a day other than today is asked for."""
    asked = asked_day()
    return asked is not None and asked != datetime.now(UTC).date()


def _key(what: str, *more: str) -> tuple[object, ...]:
    return (what, the_register().state, judged_day(), *more)


def report_of(company: str = "") -> Report:
    """Check a company, or all, by the law of the day of the page.

    Args:
        company: its slug; all companies if empty.
    """
    if is_another_day():
        # Of one company nothing else is told, though all may have been checked.
        made: Report = _checked(company).value
        return made
    return the_register().check(company or None, as_of=judged_day())


def findings_of(thing: URIRef, company: URIRef) -> list[Shown]:
    """Give the findings about an entry of a company on the day of the page."""
    return findings_of_all([thing], company)[thing] or []


def findings_of_all(
    things: Collection[URIRef], company: URIRef
) -> dict[URIRef, list[Shown] | None]:
    """Give the findings about entries of a company; None where they are not known.

    Few are made at once where they are missing; many come first in what is made aside.
    """
    if is_another_day():
        report: Report = _report_about(company).value
        return {thing: from_report(report.about([thing])) for thing in things}
    register = the_register()
    register.refresh_findings(things)
    unknown = register.unjudged(things)
    return {
        thing: None
        if thing in unknown
        else from_graph(
            register.graph(entry.findings_graph(thing)),
            answers.standing(register.graph(entry.answers_graph(thing)), judged_day()),
        )
        for thing in things
    }


def _report_about(company: URIRef) -> _Made:
    """Check a company; what companies share is in the report of all of them alone."""
    record = (None, DCT.publisher, company)
    has_record = record in the_register().graph(company)
    return _report(entry.slug(company) if has_record else "")


def _report(company: str = "") -> _Made:
    """Check a company, or all, by the law of the day of the page."""
    return _checked("" if _kept().is_known(_key("report", "")) else company)


def _checked(company: str) -> _Made:
    register, wanted = the_register(), judged_day()
    return _kept().get(
        _key("report", company),
        lambda: register.check(company or None, as_of=wanted),
    )


def remark_on(company: URIRef) -> str:
    """Say that the findings of a company were made for this day; empty for today."""
    return _remark(_report_about(company)) if is_another_day() else ""


def rows(company: str = "", name: str = _QUESTION) -> Table:
    """Answer a question that reads findings for another day."""
    register, wanted, lang = the_register(), judged_day(), language()
    given: dict[str, Any] = {"company": company} if company else {}
    table: Table = (
        _kept()
        .get(
            _key(name, company, lang),
            lambda: register.ask_report(
                _report(company).value, name, as_of=wanted, lang=lang, **given
            ),
        )
        .value
    )
    return table


def known_rows() -> Table | None:
    """Give all findings of another day if they were asked for before."""
    return rows() if _kept().is_known(_key("report", "")) else None


def remark_on_rows(name: str, company: str = "") -> str:
    """Say that the rows of a list were made for this day; empty for other lists."""
    if name not in JUDGED or not is_another_day():
        return ""
    return _remark(_report(company))


def _remark(made: _Made) -> str:
    return _(
        "These findings were computed for %(day)s, in %(time)s. "
        "Those of today are kept with the entries.",
        day=day(judged_day().isoformat()),
        time=seconds(made.seconds),
    )


def reviewed_on() -> date | None:
    """Give the last day for which the law of this register was reviewed."""
    try:
        table = the_register().select(
            f"SELECT (MAX(?day) AS ?last) WHERE {{ <{LAW}> <{ROPA.reviewedOn}> ?day }}"
        )
        last = table.rows[0][0] if table.rows else None
        return date.fromisoformat(str(last)) if last is not None else None
    except (RopaError, ValueError):  # the page that tells of it must still come
        return None


def day_banner() -> dict[str, str]:
    """Say by which day's law a page judges; empty where no day is asked for."""
    asked = asked_day()
    if asked is None:
        return {}
    last = reviewed_on()
    return {
        "iso": asked.isoformat(),
        "words": day(asked.isoformat()),
        "reviewed": day(last.isoformat()) if last is not None and asked > last else "",
    }


def install(app: Flask) -> None:
    """Let the pages of an application judge by the law of another day."""
    app.extensions["judging"] = _Kept()
    app.jinja_env.globals.update(day_banner=day_banner)
