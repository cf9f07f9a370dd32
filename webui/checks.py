"""Checks new entries: pasted, uploaded, or sent by a program; nothing is saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, Response, make_response, render_template, request
from rdflib import URIRef

from ropa import examples, rules, syntax
from ropa.errors import InputError, MediaTypeUnknown, RopaError
from ropa.formats import reports
from ropa.formats.rdf import Reading, read_untrusted
from ropa.terms import ROPA
from webui import judging, negotiation, sent
from webui.current import the_register
from webui.day import asked_day, judged_day, take
from webui.day import read as read_day
from webui.languages import gettext as _
from webui.languages import language
from webui.naming import names
from webui.reports import Shown, counts, from_report, severity_name

if TYPE_CHECKING:
    from ropa.findings import Report

pages = Blueprint("checks", __name__)

# The forms of a report; ``format`` in the address takes their names.
REPORT = {
    "json": "application/json",
    "ttl": "text/turtle",
    negotiation.HTML: "text/html",
    "sarif": reports.MEDIA_TYPES["sarif"],
    "markdown": reports.MEDIA_TYPES["markdown"],
    "text": reports.MEDIA_TYPES["text"],
}
# Without a media type of their own: browsers ask for any XML before they ask for JSON.
BY_NAME = ("junit", "github")
SYNTAXES = {
    "ttl": "Turtle",
    "jsonld": "JSON-LD",
    "rdf": "RDF/XML",
    "nt": "N-Triples",
    "trig": "TriG",
    "nq": "N-Quads",
}
LINES_AROUND = 2


@dataclass
class Typed:
    """What a person typed; it is shown again whatever happens."""

    text: str = ""
    syntax: str = "ttl"
    as_of: str = ""
    profile: str = ""
    rule: str = ""


def _profiles() -> dict[str, URIRef]:
    return {"register": ROPA.Register, "notice": ROPA.Notice}


def asked_profile(profile: str) -> URIRef | None:
    """Read the profile of a check; None where the record's own is meant.

    Raises:
        InputError: there is no such profile.
    """
    known = _profiles()
    short = profile.rpartition("#")[2].lower()
    if profile and short not in known:
        raise InputError(
            _("There is no profile %(text)s.", text=repr(profile[:40])),
            hint=", ".join(known),
        )
    return known.get(short)


def media_syntax(mimetype: str) -> syntax.Syntax:
    """Give the syntax of a media type.

    Raises:
        MediaTypeUnknown: it is none of RDF.
    """
    found = syntax.MEDIA_TYPES.get(mimetype)
    if found is None:
        raise MediaTypeUnknown(
            f"Entries cannot be read from {mimetype or 'an unnamed media type'}.",
            hint="Send one of " + ", ".join(syntax.MEDIA_TYPES) + ".",
        )
    return found


def read(body: bytes, *, name: str, form: syntax.Syntax | None) -> Reading:
    """Read what was handed in, in a bounded child process."""
    return read_untrusted(body, name=name, syntax=form, base=the_register().base)


@pages.get("/validate")
def form() -> Response:
    """Show the form; with an example of a rule in it, where the address names one."""
    negotiation.choose({negotiation.HTML: "text/html"})
    asked = asked_day()
    example = request.args.get("example", "")
    typed = Typed(
        text=examples.named(example).whole if example else "",
        as_of=asked.isoformat() if asked is not None else "",
        profile=request.args.get("profile", ""),
        rule=_asked_rule(request.args.get("rule", "")),
    )
    return _page(typed)


def _asked_rule(code: str) -> str:
    """Read the one rule to check by; empty for all."""
    return rules.rule(code).code if code else ""


@pages.post("/validate")
def check() -> Response:
    """Check what was pasted, uploaded or sent."""
    if sent.is_form():
        return _check_form()
    kind = asked_kind(REPORT)
    profile = asked_profile(request.args.get("profile", ""))
    codes = frozenset(request.args.getlist("rule")) or None
    reading = read(
        request.get_data(),
        name=request.args.get("name", "body"),
        form=media_syntax(request.mimetype),
    )
    report = the_register().validate(
        [reading], as_of=judged_day(), profile=profile, rules=codes
    )
    return report_answer(report, kind)


def asked_kind(offered: Mapping[str, str]) -> str:
    """Give the form of report that is asked for: by ``format``, else by ``Accept``.

    Raises:
        InputError: no form has that name.
        NotAcceptable: none of the forms is accepted.
    """
    named = request.args.get("format", "")
    if not named:
        return negotiation.choose(offered)
    known = {"turtle": "ttl", **{name: name for name in (*offered, *BY_NAME)}}
    if named not in known:
        raise InputError(
            _("There is no form %(text)s of a report.", text=repr(named[:40])),
            hint=", ".join(known),
        )
    return known[named]


def report_answer(report: Report, kind: str) -> Response:
    """Answer a report in one of its forms."""
    if kind == negotiation.HTML:
        return _page(Typed(), report=report)
    if kind == "ttl":
        return negotiation.graph_answer(reports.as_graph(report), "ttl")
    fail_on = request.args.get("fail_on", "violation")
    if fail_on not in rules.SEVERITIES:
        raise InputError(
            _("There is no severity %(text)s.", text=repr(fail_on[:40])),
            hint=", ".join(rules.SEVERITIES),
        )
    body = reports.write(report, kind, lang=language(), fail_on=fail_on)
    media = reports.MEDIA_TYPES[kind]
    if media.startswith("text/"):
        media += "; charset=utf-8"
    return Response(body, content_type=media)


def _check_form() -> Response:
    typed = Typed(
        text=request.form.get("text", "").replace("\r\n", "\n"),
        syntax=request.form.get("syntax", "ttl"),
        as_of=request.form.get("as_of", ""),
        profile=request.form.get("profile", ""),
        rule=request.form.get("rule", ""),
    )
    upload = request.files.get("file")
    name = _("pasted text")
    body = typed.text.encode()
    form_: syntax.Syntax | None = syntax.SUFFIXES.get(f".{typed.syntax}")
    if upload is not None and upload.filename:
        name = upload.filename.replace("\\", "/").rpartition("/")[2][:120]
        body = upload.read()
        form_ = None
        # Shown again for correction; a file that is no text cannot be shown.
        typed.text = body.decode("utf-8", "replace") if b"\0" not in body[:4096] else ""
    try:
        if not body.strip():
            raise InputError(
                _("Nothing was pasted and no file was chosen."),
                hint=_("Paste an entry, or choose a file."),
            )
        take(read_day(typed.as_of))
        profile = asked_profile(typed.profile)
        reading = read(body, name=name, form=form_)
        codes = frozenset({typed.rule}) if _asked_rule(typed.rule) else None
        report = the_register().validate(
            [reading], as_of=judged_day(), profile=profile, rules=codes
        )
    except RopaError as error:
        return _page(typed, error=error)
    return _page(typed, report=report, name=name)


def _page(
    typed: Typed,
    *,
    report: Report | None = None,
    error: RopaError | None = None,
    name: str = "",
) -> Response:
    found = from_report(report) if report is not None else []
    page = render_template(
        "validate.html",
        typed=typed,
        syntaxes=SYNTAXES,
        profiles={key: names().name(iri) for key, iri in _profiles().items()},
        report=report,
        file=name,
        found=found,
        counts=[(s, severity_name(s), n) for s, n in counts(found)],
        lines=_lines(typed.text, found),
        error=error,
        excerpt=_excerpt(typed.text, error),
    )
    response = make_response(page)
    if error is not None:
        response.status_code = error.http_status
    return response


def _lines(text: str, found: list[Shown]) -> dict[int, str]:
    """Give the lines that findings are about."""
    lines = text.split("\n")
    return {
        one.line: lines[one.line - 1].strip()[:200]
        for one in found
        if one.line and one.line <= len(lines)
    }


def _excerpt(text: str, error: RopaError | None) -> list[tuple[int, str, bool]]:
    """Give the lines around the place where reading failed."""
    line = error.details.get("line") if error else None
    if not isinstance(line, int) or not text:
        return []
    lines = text.split("\n")
    first = max(1, line - LINES_AROUND)
    return [
        (number, lines[number - 1][:300], number == line)
        for number in range(first, min(len(lines), line + LINES_AROUND) + 1)
    ]


@pages.get("/api/report")
def everything() -> Response:
    """Check what is in the register, as of a day."""
    kind = asked_kind({k: v for k, v in REPORT.items() if k != negotiation.HTML})
    codes = frozenset(request.args.getlist("rule")) or None
    profile = asked_profile(request.args.get("profile", ""))
    company = request.args.get("company", "")
    report = (
        judging.report_of(company)
        if codes is None and profile is None
        else the_register().check(
            company or None, as_of=judged_day(), profile=profile, rules=codes
        )
    )
    return report_answer(report, kind)
