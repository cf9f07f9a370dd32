"""Each question over the five companies: columns, golden answer, a second engine.

Write the golden answers anew, and then read them line by line against the sources:

    ROPA_UPDATE_GOLDEN=1 pytest tests/test_questions_golden.py
"""

from __future__ import annotations

import csv
import io
import os
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from rdflib import Dataset
from rdflib.term import Literal

from ropa import entry, queries
from ropa.formats import results
from ropa.reader import JUDGED
from ropa.register import Register
from ropa.store.base import Table
from ropa.syntax import Syntax, parse

GOLDEN = Path(__file__).parent / "golden" / "questions"
DAY = "2026-11-22"

# Interface, section 5, and some of our own: what people and programs rely on.
COLUMNS = """
companies: company, legal_name, role, country, address, registration_number, website, email, phone
activities: company, activity, title, role
purposes: company, activity, purpose_label, broader, legal_basis, claim
legal-bases: company, activity, purpose_label, legal_basis, level, claim
without-legal-basis: company, activity, purpose_label
data-subjects: company, activity, category, category_label, vulnerable
personal-data: company, activity, category, category_label, special, optional, source
special-category-data: company, activity, category, condition
recipients: company, activity, recipient, recipient_label, role, kind, country, claim
named-vendors: company, vendor, function, country, claim
vendor-seats: vendor, vendor_label, name, country, source, reviewed_on
transfers: company, activity, recipient, country, tool, decision, valid, claim
us-transfers: company, activity, recipient, tool, decision, valid, claim
invalid-transfers: company, activity, recipient, country, tool, decision, reason
transfer-tools: company, activity, recipient, country, tool, decision, state, remark
law: provision, provision_label, kind, place, valid_from, last_day, not_usable_from, state, remark
judgments: judgment, judgment_label, number, lodged_on, decided_on, concerns, state
retention: company, activity, applies_to, duration, maximum, start_event, criterion, claim
longest-retention: company, duration
without-retention: company, activity
rights: company, right, position, condition, how_to_exercise
contacts: company, kind, name, organisation, email, phone, external
authorities: company, authority, country
measures: company, activity, measure, measure_label, kind
data-sources: company, activity, source, claim
cookies: company, used, purpose, vendor, retention, claim
children: company, minimum_age, consequence
breach-notification: company, authority, data_subjects, deadline
automated-decisions: company, activity, profiling, solely_automated, legal_basis
overdue-reviews: company, activity, last_review, due
technologies: company, activity, technology, kind, purpose, vendor, how_to_refuse, claim
opt-outs: company, activity, opt_out, how_to_exercise, condition, consequence
policy-changes: company, occasion, channel, notice_period, condition, consequence
exercising-rights: company, right, how_to_exercise, identity_proof, cost
further-statements: company, activity, field, statement
storage-places: company, activity, place, claim
retention-details: company, activity, applies_to, duration, phase, exception, end_action
company-details: company, trade_name, legal_form, capital, powered_by
laws-named: company, activity, purpose_label, law
processors: company, activity, processor, contract, country
record: company, activity, title, role, controllers, purposes, legal_bases, data_subjects, personal_data, recipients, transfers, retention, measures, status
shared-recipients: recipient, recipient_label, companies
findings: company, activity, rule, severity, article, message
findings-and-answers: company, activity, rule, severity, article, message, kind, state, answer, reason, author, given, until, finding
answers: company, activity, rule, answer, reason, author, given, until, state, finding
questions-open: company, activity, rule, article, message, finding
inferred: company, activity, about, field, value, entailed_by
evidence: company, activity, field, value, claim, source, section, passage
remarks: company, activity, remark, article, passage
not-stated: company, activity, field
article-30-coverage: company, item, state
coverage: company, activity, item, article, state
approvals: company, activity, state, author, when, reason, change, approved
changes: change, entry, author, when, reason
"""  # noqa: E501 - one line a question, as in the interface
EXPECTED = {
    name: columns.split(", ")
    for name, columns in (line.split(": ") for line in COLUMNS.strip().splitlines())
}
# Moments differ from run to run: the columns are tested, the rows with the history.
TIMELESS = sorted(set(EXPECTED) - {"changes"})
NAMES = [question.name for question in queries.all_questions()]


@pytest.fixture(scope="module")
def second_engine(register: Register) -> Dataset:
    """Give the five companies in rdflib, its default graph the union of the stated."""
    register.ask("findings")
    dataset = Dataset()
    lines = b"".join(register._store.dump())
    for subject, predicate, object_, graph in parse(lines, Syntax.NQUADS):
        name = graph if graph is not None else None
        if name is None or entry.is_stated(name):
            dataset.default_graph.add((subject, predicate, object_))
        else:
            dataset.graph(name).add((subject, predicate, object_))
    return dataset


def asked(register: Register, name: str, **parameters: Any) -> Table:
    """Ask on the pinned day, where law moves."""
    if name == "inferred" or "as_of" in queries.load(name).parameters:
        parameters.setdefault("as_of", DAY)
    return register.ask(name, **parameters)


@cache
def answer(register: Register, name: str) -> Table:
    """Give the whole answer, which is asked for once."""
    return asked(register, name)


def plain(rows: Any) -> Counter[tuple[str | None, ...]]:
    """Reduce rows to texts, counted, without order."""
    return Counter(
        tuple(None if cell is None else str(cell) for cell in row) for row in rows
    )


def counted(table: Table) -> Table:
    """Count thousands of rows by company and by what they follow from."""
    found = Counter((row[0], row[-1]) for row in table.rows)
    rows = [(*key, Literal(found[key])) for key in sorted(found, key=str)]
    return Table([table.columns[0], table.columns[-1], "statements"], rows)


def test_every_question_of_this_step_is_there() -> None:
    """The package has exactly the questions whose columns are written down."""
    assert set(NAMES) == set(EXPECTED)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_columns_are_those_of_the_interface(register: Register, name: str) -> None:
    """The header and the answer have the columns of the interface, in order."""
    assert list(queries.load(name).columns) == EXPECTED[name]
    assert answer(register, name).columns == EXPECTED[name]


@pytest.mark.parametrize("name", TIMELESS)
def test_answer_is_the_golden_one(register: Register, name: str) -> None:
    """The five companies give the answer that was reviewed against their policies."""
    table = answer(register, name)
    text = results.write(counted(table) if name == "inferred" else table, "csv")
    path = GOLDEN / f"{name}.csv"
    if os.environ.get("ROPA_UPDATE_GOLDEN") == "1":
        path.write_text(text, encoding="utf-8", newline="")
    golden = path.read_text(encoding="utf-8")
    got = list(csv.reader(io.StringIO(text)))
    assert got == list(csv.reader(io.StringIO(golden)))


def test_no_golden_answer_is_left_over() -> None:
    """Every golden file belongs to a question."""
    assert {path.stem for path in GOLDEN.glob("*.csv")} == set(TIMELESS)


# rdflib 7.6 warns of names of its own that it still uses.
OLD_NAMES = pytest.mark.filterwarnings("ignore:Dataset:DeprecationWarning:rdflib")


# rdflib takes some ten seconds for each of these.
LONG = {"approvals", "article-30-coverage", "coverage", "evidence", "law"}
LONG |= {"inferred", "vendor-seats"}


@OLD_NAMES
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.deep] if name in LONG else [])
        for name in sorted(EXPECTED)
    ],
)
def test_a_second_engine_gives_the_same_rows(
    register: Register, second_engine: Dataset, name: str
) -> None:
    """A question is plain SPARQL 1.1: rdflib finds the same rows in the same data."""
    question = queries.load(name)
    given = {"as_of": DAY} if "as_of" in question.parameters else {}
    theirs = second_engine.query(question.render(**given))
    # Kept findings are those of today, in either engine.
    is_kept = name in JUDGED
    ours = register.ask(name, as_of=None) if is_kept else answer(register, name)
    assert plain(ours.rows) == plain(theirs)


@OLD_NAMES
@pytest.mark.parametrize("name", ["transfers", "legal-bases", "recipients", "rights"])
def test_a_second_engine_narrows_alike(
    register: Register, second_engine: Dataset, name: str
) -> None:
    """Filled-in parameters mean the same to rdflib."""
    iri = f"{register.base}companies/wpo"
    question = queries.load(name)
    given: dict[str, object] = {"company": iri}
    if "lang" in question.parameters:
        given["lang"] = "fr"
    if "claims" in question.parameters:
        given["claims"] = "all"
    if "as_of" in question.parameters:
        given["as_of"] = DAY
    mine = register.ask(name, **(given | {"company": "wpo"}))
    assert plain(mine.rows) == plain(second_engine.query(question.render(**given)))
    assert mine.rows


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_rows_are_ordered_and_single(register: Register, name: str) -> None:
    """Asking twice gives the same order, and no row comes twice."""
    first, second = answer(register, name), asked(register, name)
    assert first.rows == second.rows
    assert max(plain(first.rows).values(), default=1) == 1


@pytest.mark.parametrize("name", TIMELESS)
def test_company_narrows_every_question(register: Register, name: str) -> None:
    """With a company, exactly its rows of the whole answer are left."""
    whole = answer(register, name)
    if "company" not in whole.columns:
        return
    at = whole.columns.index("company")
    own = [row for row in whole.rows if str(row[at]) == "weprode"]
    assert asked(register, name, company="weprode").rows == own


def _cells(register: Register, **parameters: Any) -> Iterator[str]:
    table = register.ask("us-transfers", **parameters)
    at = table.columns.index("valid")
    return (str(row[at]) for row in table.rows)


@pytest.mark.parametrize(
    ("day", "valid"),
    [
        ("2016-01-01", "false"),
        ("2019-01-01", "true"),
        ("2020-07-15", "true"),
        ("2020-07-16", "false"),
        ("2026-11-22", "false"),
        ("2026-11-23", "unknown"),
    ],
)
def test_the_day_decides(register: Register, day: str, valid: str) -> None:
    """The one US transfer holds until the day before its decision fell.

    Source: C-311/18, 16 July 2020; past the last review nothing is said.
    """
    assert list(_cells(register, as_of=day)) == [valid]


@pytest.mark.parametrize(
    ("day", "reasons"),
    [
        ("2016-01-01", ["The tool was not yet in force"]),
        ("2019-01-01", []),
        ("2020-07-16", ["The tool had been declared invalid"]),
        # Past the last review the answer is that of the review, not silence.
        ("2030-01-01", ["The tool had been declared invalid"]),
    ],
)
def test_reasons_are_in_words(register: Register, day: str, reasons: list[str]) -> None:
    """Why a transfer has no valid tool is said in the words of the ontology."""
    table = register.ask("invalid-transfers", as_of=day)
    assert [str(row[-1]) for row in table.rows] == reasons


@pytest.mark.parametrize(
    ("day", "state", "remark"),
    [
        ("2015-06-01", "not yet in force", ""),
        ("2016-07-11", "not yet in force", ""),
        ("2016-07-12", "in force", "later declared invalid"),
        ("2018-05-08", "in force", "later declared invalid"),
        ("2018-05-09", "in force", "case pending; later declared invalid"),
        ("2019-06-01", "in force", "case pending; later declared invalid"),
        ("2020-07-15", "in force", "case pending; later declared invalid"),
        ("2020-07-16", "declared invalid", ""),
        ("2020-07-17", "declared invalid", ""),
        ("2026-11-22", "declared invalid", ""),
        # What had fallen by the last review stays fallen.
        ("2026-11-23", "declared invalid", ""),
    ],
)
def test_the_tool_of_the_us_transfer_on_its_days(
    register: Register, day: str, state: str, remark: str
) -> None:
    """The Privacy Shield: not yet, in force but later invalid, not usable, unknown."""
    rows = register.ask("transfer-tools", company="wpo", as_of=day).rows
    named = [row for row in rows if row[5] is not None]
    assert [tuple(map(str, row[-2:])) for row in named] == [(state, remark)]


LAW_DAYS = [
    ("eu-us-privacy-shield", "2016-07-11", "not yet in force"),
    ("eu-us-privacy-shield", "2016-07-12", "in force"),
    ("eu-us-privacy-shield", "2020-07-15", "in force"),
    ("eu-us-privacy-shield", "2020-07-16", "declared invalid"),
    ("safe-harbour", "2015-10-05", "in force"),
    ("safe-harbour", "2015-10-06", "declared invalid"),
    ("eu-us-dpf", "2023-07-09", "not yet in force"),
    ("eu-us-dpf", "2023-07-10", "in force"),
    ("eu-us-dpf", "2023-07-11", "in force"),
    ("eu-us-dpf", "2026-11-22", "in force"),
    ("eu-us-dpf", "2026-11-23", "not known"),
    ("gb-2021-1772", "2021-06-27", "not yet in force"),
    ("gb-2021-1772", "2021-06-28", "in force"),
    ("gb-2021-1772", "2025-06-27", "in force"),
    ("gb-2021-1772", "2025-06-28", "in force"),
    ("gb-2021-1772", "2025-12-28", "in force"),
    ("scc-2010-87", "2010-05-14", "not yet in force"),
    ("scc-2010-87", "2010-05-15", "in force"),
    ("scc-2010-87", "2021-09-26", "in force"),
    ("scc-2010-87", "2021-09-27", "in force"),
    ("scc-2010-87", "2022-12-27", "in force"),
    ("scc-2010-87", "2022-12-28", "no longer in force"),
    ("scc-2021-914", "2021-06-26", "not yet in force"),
    ("scc-2021-914", "2021-06-27", "in force"),
    ("swiss-us-privacy-shield", "2019-06-01", "under another law"),
    ("gdpr", "2018-05-24", "not yet in force"),
    ("gdpr", "2018-05-25", "in force"),
    ("omnibus-iv", "2026-11-22", "proposed"),
    ("omnibus-iv", "2025-05-20", "not yet proposed"),
    ("omnibus-iv", "2025-05-21", "proposed"),
    ("omnibus-iv", "2026-11-23", "not known"),
    ("eu-us-privacy-shield", "2026-11-23", "declared invalid"),
    ("scc-2010-87", "2026-11-23", "no longer in force"),
    ("transition-gb", "2026-11-23", "no longer in force"),
]


@pytest.mark.parametrize(("name", "day", "state"), LAW_DAYS)
def test_law_on_its_boundary_days(
    register: Register, name: str, day: str, state: str
) -> None:
    """The day before, the day and the day after fall on their sides."""
    table = register.ask("law", as_of=day)
    at = table.columns.index("state")
    found = [r[at] for r in table.rows if str(r[0]).endswith(f"/law/{name}")]
    assert [str(value) for value in found] == [state]


@pytest.mark.parametrize(
    ("name", "day", "remark"),
    [
        ("eu-us-privacy-shield", "2017-06-01", "later declared invalid"),
        ("eu-us-dpf", "2025-10-30", ""),
        ("eu-us-dpf", "2025-10-31", "case pending"),
        ("scc-2010-87", "2021-09-26", ""),
        ("scc-2010-87", "2021-09-27", "old contracts only"),
        ("scc-2010-87", "2022-12-28", ""),
    ],
)
def test_what_should_be_known_beside_a_state(
    register: Register, name: str, day: str, remark: str
) -> None:
    """Remarks appear between their days, and only there."""
    table = register.ask("law", as_of=day)
    found = [r[-1] for r in table.rows if str(r[0]).endswith(f"/law/{name}")]
    said = {part for part in str(found[0]).split("; ") if part}
    assert said - {"dates not verified"} == ({remark} if remark else set())


@pytest.mark.parametrize("day", ["2012-06-01", "2019-06-01", "2021-10-01", DAY])
def test_questions_agree_on_what_holds(register: Register, day: str) -> None:
    """What `transfers` calls valid, `transfer-tools` and `law` call in force."""
    law = register.ask("law", as_of=day)
    state_of = {str(r[0]): str(r[law.columns.index("state")]) for r in law.rows}
    valid = register.ask("transfers", as_of=day)
    words = {"true": {"in force"}, "unknown": {"not known"}}
    words["false"] = {"declared invalid", "not yet in force", "no longer in force"}
    judged = 0
    for row in valid.rows:
        cells = dict(zip(valid.columns, row, strict=True))
        if cells["decision"] is not None:
            judged += 1
            state = state_of[str(cells["decision"])]
            assert state in words[str(cells["valid"])], row
    assert judged
    for row in register.ask("transfer-tools", as_of=day).rows:
        if row[5] is not None:
            assert str(row[6]) == state_of[str(row[5])]


def test_law_is_narrowed_to_what_a_company_names(register: Register) -> None:
    """With a company, only the instruments that its transfers name are listed."""
    rows = register.ask("law", company="wpo", as_of=DAY).rows
    names = {str(row[0]).rpartition("/")[2] for row in rows}
    assert "eu-us-privacy-shield" in names
    assert len(names) < 4
    assert register.ask("law", company="weprode", as_of=DAY).rows == []


def test_labels_are_in_the_language_asked(register: Register) -> None:
    """French labels where the vocabulary has them, else the company's own words."""
    french = register.ask("invalid-transfers", as_of=DAY, lang="fr")
    apostrophe = "\N{RIGHT SINGLE QUOTATION MARK}"
    assert [str(row[-1]).replace(apostrophe, "_") for row in french.rows] == [
        "L_instrument avait été déclaré invalide"
    ]
    words = {str(row[3]) for row in register.ask("data-subjects", lang="fr").rows}
    assert {"Client", "People who contact WPO"} <= words
    assert {str(row[3]) for row in register.ask("data-subjects", lang="xx").rows} == {
        str(row[3]) for row in register.ask("data-subjects", lang="en").rows
    }
