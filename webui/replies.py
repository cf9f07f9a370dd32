"""Answers that people give to findings and questions: shown, given, withdrawn.

A finding has a page of its own at a stable address, with all that was ever said to it.
What is given is recorded; nothing that was said is taken away from who looks for it.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass, fields

from flask import (
    Blueprint,
    Flask,
    Response,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from rdflib import Graph, Literal, URIRef

from ropa import answers, entry
from ropa.answering import Said, Which
from ropa.answers import Answer, Words
from ropa.errors import (
    AnswerRejected,
    Conflict,
    NotFound,
    RopaError,
)
from ropa.terms import PROV, RDF, ROPA
from webui import answer_words, following, judging, negotiation, sent, tables
from webui.current import asked_point, the_register
from webui.day import judged_day
from webui.languages import gettext as _
from webui.naming import href, names
from webui.reports import Shown
from webui.things import Value
from webui.values import day, period

pages = Blueprint("replies", __name__)

MOST_SHOWN = 50
"""Most findings of a rule that its page lists."""


@dataclass
class Typed:
    """What a person or a program sent; it is shown again whatever happens."""

    finding: str = ""
    entry: str = ""
    rule: str = ""
    focus: str = ""
    path: str = ""
    value: str = ""
    kind: str = ""
    reason: str = ""
    evidence: str = ""
    until: str = ""
    author: str = ""
    replaces: str | None = None
    back: str = ""

    @property
    def which(self) -> Which:
        """The finding that is meant."""
        about = sent.entry_named(self.entry) if self.entry else None
        return Which(self.finding, about, self.rule, self.focus, self.path, self.value)

    @property
    def words(self) -> Words:
        """What is said to it."""
        return Words(self.kind, self.reason, self.author, self.evidence, self.until)


@dataclass(frozen=True)
class Past:
    """An answer that no longer stands: by whom it ended, when and why."""

    answer: Answer
    who: str
    when: str
    why: str


@pages.get("/answers")
def every() -> Response:
    """List the answers, those that no longer count too."""
    facets = ("company", "state", "answer", "rule")
    return tables.answer("answers", template="list.html", facets=facets)


@pages.get("/findings/<key>")
def show(key: str) -> Response:
    """Show one finding with all that was said to it."""
    suffix = negotiation.choose(negotiation.THING)
    if suffix != negotiation.HTML:
        return negotiation.graph_answer(_described(key), suffix)
    return _page(key, Typed())


@pages.post("/answers")
def give() -> Response:
    """Answer a finding."""
    typed = _read()
    try:
        said = the_register().answer(typed.which, typed.words, replaces=typed.replaces)
    except (AnswerRejected, Conflict) as error:
        return _again(typed, error)
    return _done(typed, said, 201)


@pages.post("/answers/withdrawals")
def withdraw() -> Response:
    """Withdraw the answer to a finding; it is kept, and no longer counts."""
    typed = _read()
    try:
        said = the_register().withdraw_answer(
            typed.which, typed.words, replaces=typed.replaces
        )
    except (AnswerRejected, Conflict) as error:
        return _again(typed, error, is_withdrawal=True)
    return _done(typed, said, 200)


def _read() -> Typed:
    """Read a form or a JSON object; errors as for `sent.texts`."""
    names = [field.name for field in fields(Typed) if field.name != "back"]
    return Typed(**sent.texts("An answer", names, also=["back"]))


def _done(typed: Typed, said: Said, status: int) -> Response:
    """Lead a browser back to where it came from; tell a program what was done."""
    place = url_for("replies.show", key=said.finding)
    if sent.is_from_page():
        if typed.back == "entry":
            place = (href(said.entry) or place) + f"#finding-{said.finding}"
        return make_response(redirect(place, 303))
    response = negotiation.json_answer(said.as_values())
    response.status_code = status
    response.headers["Location"] = place
    return response


def _again(typed: Typed, error: RopaError, *, is_withdrawal: bool = False) -> Response:
    """Show a person what is wrong with what they typed, all at once."""
    if not negotiation.is_page_wanted():
        raise error
    key = typed.finding
    return _page(key, typed, error=error, is_withdrawal=is_withdrawal)


def _page(
    key: str,
    typed: Typed,
    *,
    error: RopaError | None = None,
    is_withdrawal: bool = False,
) -> Response:
    about = _entry(key)
    said = the_register().graph(entry.answers_graph(about))
    found = next((one for one in _findings(about) if one.key == key), None)
    asked = next((one for one in answers.asked(said) if one.key == key), None)
    if found is None and asked is None:
        raise _unknown(key)
    is_question = found.is_question if found else bool(asked and asked.is_question)
    standing = answers.standing(said, judged_day()).get(key)
    faults = error.details.get("faults", []) if error is not None else []
    page = render_template(
        "finding.html",
        found=found,
        asked=asked,
        message=found.message if found else names().best(dict(asked.message)),  # type: ignore[union-attr]
        about=Value(names().name(about), about, href=href(about)),
        inferred=following.claim_at(about, found.focus, found.path, found.value)
        if found
        else None,
        answer=standing,
        past=_past(answers.past(said, key)),
        key=key,
        rule=found.rule if found else asked.rule,  # type: ignore[union-attr]
        is_question=is_question,
        typed=typed,
        error=error,
        faults=[(f["field"], answer_words.fault_in_words(f)) for f in faults],
        is_withdrawal=is_withdrawal,
        is_today=_is_today(),
        remark=judging.remark_on(_company_of(about)),
        command=_command(about, found) if found else "",
        choice=[kind.typed for kind in answers.kinds_for(question=is_question)],
    )
    response = make_response(page)
    if error is not None:
        response.status_code = error.http_status
    return response


def _command(about: URIRef, found: Shown) -> str:
    """Write the command that answers a finding; two words of it are left to people."""
    words = ["ropa", "--store", request.host_url, "answer", str(about), found.rule]
    if sum(one.rule == found.rule for one in _findings(about)) > 1:
        apart = {"focus": found.focus, "path": found.path, "value": found.value}
        for name, node in apart.items():
            if node is not None:
                words += [f"--{name}", str(node)]
    return shlex.join([*words, "--kind", "KIND", "--reason", _("WHY, IN WORDS")])


def _findings(about: URIRef) -> list[Shown]:
    graph = the_register().graph(about)
    return judging.findings_of(about, _company_of(about)) if len(graph) else []


def _company_of(about: URIRef) -> URIRef:
    table = the_register().select(
        f"SELECT ?company WHERE {{ {about.n3()} dct:isPartOf/dct:publisher ?company }}"
    )
    return URIRef(str(table.rows[0][0])) if table.rows else about


def _entry(key: str) -> URIRef:
    """Give the entry that a finding is about, on the day of the page or of any.

    Raises:
        NotFound: no finding and no answer has this key.
    """
    about = the_register().answered_entry(key)
    if about is None and judging.is_another_day():
        found = (f.entry for f in judging.report_of().findings if f.key == key)
        about = next(found, None)
    if about is None:
        raise _unknown(key)
    return about


def _unknown(key: str) -> NotFound:
    return NotFound(
        _("There is no finding %(key)s.", key=repr(key[:40])),
        hint=_("It may be mended, or belong to another day. See the list of findings."),
        addresses=["/findings", "/answers"],
    )


def _past(ended: list[Answer]) -> list[Past]:
    told: dict[str, tuple[str, str, str]] = {}
    changes = {one.ended_by for one in ended if one.ended_by is not None}
    if changes:
        table = the_register().select(
            "SELECT ?change ?who ?when ?why WHERE { "
            f"VALUES ?change {{ {' '.join(sorted(c.n3() for c in changes))} }} "
            "GRAPH ?change { ?change ropa:author ?who ; prov:endedAtTime ?when "
            "OPTIONAL { ?change ropa:reason ?why } } }"
        )
        for change, *row in table.rows:
            who, when, why = ("" if cell is None else str(cell) for cell in row)
            told[str(change)] = (who, when[:10], why)
    return [Past(one, *told.get(str(one.ended_by), ("", "", ""))) for one in ended]


def _described(key: str) -> Graph:
    """Give a finding of today and all answers to it, as triples."""
    about = the_register().answered_entry(key)
    if about is None:
        raise _unknown(key)
    wanted = Graph()
    for beside in (entry.findings_graph(about), entry.answers_graph(about)):
        graph = the_register().graph(beside)
        for node in graph.subjects(ROPA.findingKey, Literal(key)):
            for triple in graph.triples((node, None, None)):
                wanted.add(triple)
            is_standing = (node, PROV.wasInvalidatedBy, None) not in graph
            if (node, RDF.type, ROPA.Answer) in graph and is_standing:
                for result in wanted.subjects(RDF.type, _RESULT):
                    wanted.add((result, ROPA.answer, node))
    return wanted


_RESULT = URIRef("http://www.w3.org/ns/shacl#ValidationResult")


@dataclass(frozen=True)
class OfRule:
    """One finding of a rule, as the page of the rule lists it."""

    key: str
    about: Value
    answer: Answer | None


def of_rule(code: str) -> list[OfRule]:
    """List findings of a rule with their answers, as kept today."""
    register = the_register()
    table = register.select(
        "SELECT ?graph ?key WHERE { "
        f"GRAPH ?graph {{ ?result ropa:rule {Literal(code).n3()} ; "
        "ropa:findingKey ?key } FILTER(STRENDS(STR(?graph), '/findings')) } "
        f"ORDER BY ?graph ?key LIMIT {MOST_SHOWN}"
    )
    listed = []
    said: dict[URIRef, dict[str, Answer]] = {}
    for graph, key in table.rows:
        about = URIRef(str(graph).removesuffix("/findings"))
        if about not in said:
            beside = register.graph(entry.answers_graph(about))
            said[about] = answers.standing(beside, judged_day())
        shown = Value(names().name(about), about, href=href(about))
        listed.append(OfRule(str(key), shown, said[about].get(str(key))))
    return listed


def _is_today() -> bool:
    """Tell whether a page shows what stands now: that alone is answered."""
    return asked_point() is None and not judging.is_another_day()


def install(app: Flask) -> None:
    """Give the templates of an application what answers need."""
    app.jinja_env.globals.update(
        answer_fields=answer_words.fields,
        answer_kinds=answers.kinds_for,
        answer_label=answer_words.label_of,
        answer_meaning=answer_words.meaning_of,
        answer_said=answer_words.said_in,
        answer_state=answer_words.state_badge,
        findings_of_rule=of_rule,
        is_address=answers.is_address,
        is_today=_is_today,
        day=day,
        said_period=period,
    )
