"""Rules and the checks of experts: lists with filters, and a page for each rule."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from textwrap import dedent

from flask import Blueprint, Response, make_response, redirect, render_template, request
from flask import url_for as link_to
from rdflib.term import Literal, Node, URIRef

from ropa import checklist, explaining, explanation, lookup, vocabulary
from ropa import rules as shapes
from ropa.checklist import Check
from ropa.explaining_rules import things
from ropa.rules import Rule
from ropa.store.base import Table
from ropa.terms import ROPA, SH, curie
from ropa.vocabulary import folded
from ropa.wording import citation
from webui import judging, negotiation, tables, unjudged
from webui.cells import column_name
from webui.current import the_register
from webui.languages import gettext as _
from webui.languages import language
from webui.naming import Name, names
from webui.reports import severity_name
from webui.resources import described, say_text, shown, unknown
from webui.tables import Column, Facet, address
from webui.values import day

pages = Blueprint("rules", __name__)

MOST_USES = 50
MOST_LETTERS = 200

_NUMBER = re.compile(r"\d+")
_YES, _NO = "yes", "no"


@dataclass(frozen=True)
class Row:
    """One line of a list: what it shows, and by what it is narrowed.

    Attributes:
        code: of the rule or the check.
        message: what is wrong, or what is checked.
        article: the provisions behind it.
        keys: values by name of the filter.
        words: what the search looks through.
        order: the place in the list, by its provisions.
        rule: the rule; None for a check.
        check: the check; None for a rule.
        kinds: what the rule looks at.
        checks: the checks that the rule decides.
        findings: how many it has; None where those of the day are not made.
    """

    code: str
    message: Name
    article: str
    keys: dict[str, set[str]]
    words: str
    order: tuple[object, ...]
    rule: Rule | None = None
    check: Check | None = None
    kinds: list[Name] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    findings: int | None = None


@dataclass(frozen=True)
class _List:
    """A list as the address narrows and sorts it."""

    rows: list[Row]
    facets: list[Facet]
    chips: list[tuple[str, str, str]]
    total: int


RULES = (
    "article",
    "severity",
    "profile",
    "kind",
    "question",
    "blocks",
    "affected",
    "check",
)
CHECKS = ("state", "article")


def _headings() -> dict[str, str]:
    return {
        "affected": _("Findings here"),
        "article": _("Article"),
        "blocks": _("Blocks saving"),
        "check": _("Expert check"),
        "kind": _("Applies to"),
        "profile": names().name(ROPA.profile).text,
        "question": _("Asks a person"),
        "severity": _("Severity"),
        "state": _("State"),
    }


def state_name(state: str) -> str:
    """Say how a check is answered."""
    words = {
        "decided": _("decided"),
        "asked": _("asked"),
        "left-out": _("left out"),
    }
    return words[state]


@pages.get("/rules")
def every() -> Response:
    """List the rules, or the checks of experts, narrowed as the address says."""
    suffix = negotiation.choose(negotiation.LIST)
    is_checks = request.args.get("view") == "checks"
    found = _checks() if is_checks else _rules()
    if suffix != negotiation.HTML:
        table = _checks_table(found.rows) if is_checks else _rules_table(found.rows)
        return tables.results_answer(table, suffix)
    keys = [*(CHECKS if is_checks else RULES), "q"]
    columns = ["rule", "severity", "message", "article", "findings"]
    return make_response(
        render_template(
            "checks.html" if is_checks else "rules.html",
            found=found,
            columns=[_column(key) for key in columns],
            unfiltered=address(**dict.fromkeys(keys)),
            state_name=state_name,
            counts=Counter(one.state for one in checklist.checks().values()),
            states=checklist.STATES,
            best=names().best,
        )
    )


def _column(key: str) -> Column:
    order = request.args.get("sort", "")
    return Column(
        key,
        Name(_headings()[key]) if key in _headings() else column_name(key),
        address(sort=f"-{key}" if order == key else key),
        {key: "ascending", f"-{key}": "descending"}.get(order, ""),
    )


@pages.get("/rules/<code>")
def one(code: str) -> Response:
    """Show a rule: what it asks and why, when, of whom, by example; how to mend it."""
    check = checklist.by_code().get(code)
    if check is None and not lookup.is_rule(code):
        raise unknown(
            _("There is no rule with the code %(code)s.", code=code[:80]), code
        )
    suffix = negotiation.choose(negotiation.THING)
    if check is not None:
        if suffix != negotiation.HTML:
            return negotiation.graph_answer(described(check.iri), suffix)
        at = link_to("rules.every", view="checks", _anchor=code)
        return make_response(redirect(at, code=303))
    known = shapes.rule(code)
    if suffix != negotiation.HTML:
        table = the_register().select(
            f"SELECT ?graph WHERE {{ GRAPH ?graph {{ {known.shape.n3()} "
            f"dct:identifier {Literal(code).n3()} }} }} ORDER BY ?graph LIMIT 1"
        )
        where = str(table.rows[0][0]) if table.rows else ""
        return negotiation.graph_answer(described(known.shape, graph=where), suffix)
    register = None if judging.is_another_day() else the_register()
    if register is not None:
        register.refresh_findings()
    said = explaining.explain_rule(code, language(), register, most=MOST_USES)
    return make_response(
        render_template(
            "rule.html",
            said=said,
            rule=known,
            provisions=[(_cited(at, known.article), at) for at in said.sources],
            shown=shown,
            say_text=say_text,
            day=day,
            profile=curie(known.only_in).partition(":")[2].lower()
            if known.only_in is not None
            else "",
            days=[
                (way, moment)
                for way, moment in zip(
                    (ROPA.validFrom, ROPA.endsOn), said.days, strict=True
                )
                if moment is not None
            ],
            repairs=[
                dedent(query).strip()
                for query in (said.addition, said.removal)
                if query
            ],
            severity_way=SH.resultSeverity,
        )
    )


# -- the list of rules -----------------------------------------------------------------


def _rules() -> _List:
    counted = _counts()
    kinds = _all_kinds()
    names().prefetch(kinds.values())
    rows = [_rule_row(rule, counted) for rule in shapes.rules().values()]
    labels = {
        "severity": severity_name,
        "profile": lambda key: names().name(_profiles()[key]).text,
        "kind": lambda key: names().name(kinds[key]).text,
        "check": _check_name,
    }
    return _narrowed(rows, RULES, labels)


@cache
def _all_kinds() -> dict[str, URIRef]:
    return {short: iri for code in shapes.rules() for short, iri in _kinds(code)}


@cache
def _same_kind() -> dict[str, str]:
    """Map each kind to the one that stands for all of its name, a class if there is.

    A part is known by its class or by the property that leads to it: people see one.
    """
    known = vocabulary.load()
    first: dict[str, str] = {}
    # A class begins with a capital, which sorts before what a property begins with.
    order = sorted(
        _all_kinds().items(), key=lambda one: (one[0].rpartition(":")[2], one[0])
    )
    return {
        short: first.setdefault(known.label(iri, "en"), short) for short, iri in order
    }


@cache
def _kinds(code: str) -> tuple[tuple[str, URIRef], ...]:
    """Give what a rule looks at, each by its short name."""
    return tuple((curie(iri), iri) for iri in things(code))


def _profiles() -> dict[str, Node]:
    return {"register": ROPA.Register, "notice": ROPA.Notice}


def _rule_row(rule: Rule, counted: Counter[str] | None) -> Row:
    said = say_text(explanation.message_of(rule, language()))
    checks = checklist.answered_by(rule.code)
    number = None if counted is None else counted.get(rule.code, 0)
    profiles = {key for key, iri in _profiles().items() if rule.only_in in (None, iri)}
    return Row(
        code=rule.code,
        message=said,
        article=rule.article,
        keys={
            "article": set(_articles(rule.article)),
            "severity": {rule.severity},
            "profile": profiles,
            "kind": {_same_kind()[short] for short, _iri in _kinds(rule.code)},
            "question": {_YES if rule.is_question else _NO},
            "blocks": {_YES if rule.blocks else _NO},
            "affected": set() if number is None else {_YES if number else _NO},
            "check": {str(one.number) for one in checks},
        },
        words=" ".join((rule.code, said.text, rule.hint.get(language(), ""))),
        order=(*_place(rule.article), rule.code),
        rule=rule,
        kinds=[names().name(one) for one in things(rule.code)],
        checks=checks,
        findings=number,
    )


def _rules_table(rows: Iterable[Row]) -> Table:
    """Put rules into rows for programs."""
    columns = [
        "rule", "severity", "in_notice", "article", "message", "findings",
        "question", "blocks", "profile", "jurisdiction", "valid_from", "ends_on",
        "things", "checks",
    ]  # fmt: skip
    return Table(columns, [_rule_values(row.rule, row) for row in rows if row.rule])


def _rule_values(rule: Rule, row: Row) -> tuple[Node | None, ...]:
    return (
        Literal(rule.code),
        Literal(rule.severity),
        Literal(rule.in_notice),
        _text(rule.article),
        Literal(row.message.text),
        None if row.findings is None else Literal(row.findings),
        Literal(rule.is_question),
        Literal(rule.blocks),
        rule.only_in,
        rule.jurisdiction,
        _text(rule.valid_from.isoformat() if rule.valid_from else ""),
        _text(rule.ends_on.isoformat() if rule.ends_on else ""),
        _text("; ".join(short for short, _iri in _kinds(rule.code))),
        _text("; ".join(str(one.number) for one in row.checks)),
    )


def _text(words: str) -> Node | None:
    return Literal(words) if words else None


def _counts() -> Counter[str] | None:
    """Count the findings by rule; None where they are not all made."""
    if judging.is_another_day():
        known = judging.known_rows()
        if known is None:
            return None
        at = known.columns.index("rule")
        return Counter(str(row[at]) for row in known.rows)
    the_register().refresh_findings()
    if unjudged.is_partly():
        return None
    table = the_register().select(
        "SELECT ?rule (COUNT(DISTINCT ?finding) AS ?n) WHERE { "
        "GRAPH ?graph { ?finding ropa:rule ?rule } "
        "FILTER(STRENDS(STR(?graph), '/findings')) } GROUP BY ?rule"
    )
    return Counter({str(rule): int(str(number)) for rule, number in table.rows})


# -- the list of checks ----------------------------------------------------------------


def _checks() -> _List:
    rows = [_check_row(check) for check in checklist.checks().values()]
    return _narrowed(rows, CHECKS, {"state": state_name})


def _check_row(check: Check) -> Row:
    label = names().best(dict(check.label))
    return Row(
        code=check.code,
        message=label,
        article=check.article,
        keys={"article": set(_articles(check.article)), "state": {check.state}},
        words=" ".join((str(check.number), label.text, *check.rules)),
        order=(check.number,),
        check=check,
    )


def _checks_table(rows: Iterable[Row]) -> Table:
    """Put checks into rows for programs."""
    columns = ["check", "label", "state", "article", "rules", "questions", "reason"]
    return Table(
        columns,
        [
            (
                Literal(row.check.number),
                Literal(row.message.text),
                Literal(row.check.state),
                _text(row.article),
                _text("; ".join(row.check.rules)),
                _text("; ".join(row.check.questions)),
                _text(names().best(dict(row.check.reason)).text),
            )
            for row in rows
            if row.check is not None
        ],
    )


def _check_name(number: str) -> str:
    label = names().best(dict(checklist.checks()[int(number)].label)).text
    return f"{number} · {label}"


# -- narrowing and sorting -------------------------------------------------------------


def _articles(cited: str) -> list[str]:
    """List the numbers of the articles that are cited, in their order."""
    found = (_NUMBER.search(one) for one in cited.split(", "))
    return [number[0] for number in found if number is not None]


def _cited(source: str, article: str) -> str:
    """Cite the provision that an ELI address names, as people do."""
    steps = [step.partition("_") for step in source.split("/") if "_" in step]
    own = {kind: number for kind, _, number in steps}
    more = "".join(f"({own[kind]})" for kind in ("par", "pnt") if kind in own)
    law = _NUMBER.split(article)[0]
    return citation(f"{law}{own.get('art', '')}{more}", language())


def _place(cited: str) -> tuple[int, str]:
    """Give the place of a provision in the law; what cites none comes last."""
    first = cited.partition(", ")[0]
    number = _NUMBER.search(first)
    if number is None:
        return (1000, "")
    return (int(number[0]), first[number.end() :])


def _narrowed(
    rows: Sequence[Row], keys: Sequence[str], labels: dict[str, Callable[[str], str]]
) -> _List:
    """Narrow rows by the filters of the address, and count what each would leave."""
    chosen = {key: request.args.get(key, "") for key in keys}
    if "kind" in chosen:
        chosen["kind"] = _same_kind().get(chosen["kind"], chosen["kind"])
    words = folded(request.args.get("q", "")[:MOST_LETTERS]).split()
    sought = [row for row in rows if _is_sought(row, words)]

    def kept(without: str = "") -> list[Row]:
        return [
            row
            for row in sought
            if all(
                value in row.keys[key]
                for key, value in chosen.items()
                if value and key != without
            )
        ]

    headings = _headings()
    facets = []
    for key in keys:
        counted = Counter(value for row in kept(key) for value in row.keys[key])
        name_of = labels.get(key, _own_name(key, sought))
        told = [(value, name_of(value), n) for value, n in counted.items()]
        told.sort(key=lambda option: _option_order(key, option))
        facets.append(Facet(key, Name(headings[key]), told, chosen[key]))
    said = {(f.key, value): text for f in facets for value, text, _n in f.options}
    chips = [
        (headings[key], said.get((key, value), value[:80]), address(**{key: None}))
        for key, value in chosen.items()
        if value
    ]
    if words:
        sought_for = request.args["q"].strip()[:80]
        chips.append((_("Words"), sought_for, address(q=None)))
    return _List(_sorted(kept()), facets, chips, len(rows))


def _own_name(key: str, rows: Iterable[Row]) -> Callable[[str], str]:
    if key == "article":
        # All cite one law, whose name stands before the first number.
        starts = (_NUMBER.split(row.article)[0] for row in rows if row.article)
        law = next(starts, "")
        return lambda number: citation(f"{law}{number}", language())
    return {_YES: _("yes"), _NO: _("no")}.__getitem__


def _option_order(key: str, option: tuple[str, str, int]) -> tuple[object, ...]:
    value, text, _n = option
    orders: dict[str, Sequence[str]] = {
        "severity": shapes.SEVERITIES,
        "state": checklist.STATES,
        "profile": tuple(_profiles()),
        "question": (_YES, _NO),
        "blocks": (_YES, _NO),
        "affected": (_YES, _NO),
    }
    if key in orders:
        return (orders[key].index(value), text)
    return (int(value) if value.isdecimal() else 0, folded(text))


def _is_sought(row: Row, words: Iterable[str]) -> bool:
    text = folded(row.words)
    return all(word in text for word in words)


def _sorted(rows: list[Row]) -> list[Row]:
    order = request.args.get("sort", "")
    keys: dict[str, Callable[[Row], tuple[object, ...]]] = {
        "rule": lambda row: (row.code,),
        "message": lambda row: (folded(row.message.text), row.code),
        "findings": lambda row: (row.findings or 0, row.code),
        "severity": lambda row: (
            shapes.SEVERITIES.index(row.rule.severity) if row.rule else 0,
            row.code,
        ),
    }
    by: Callable[[Row], tuple[object, ...]] = keys.get(
        order.removeprefix("-"), lambda row: row.order
    )
    return sorted(rows, key=by, reverse=order.startswith("-"))
