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
from pathlib import Path
from typing import Any

import pytest
from rdflib import Dataset

from ropa import entry, queries
from ropa.formats import results
from ropa.register import Register
from ropa.store.base import Table
from ropa.syntax import Syntax, parse

GOLDEN = Path(__file__).parent / "golden" / "questions"
DAY = "2026-11-22"

# Interface, section 5: what people and programs rely on.
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
transfers: company, activity, recipient, country, tool, decision, valid, claim
us-transfers: company, activity, recipient, tool, decision, valid, claim
invalid-transfers: company, activity, recipient, country, tool, decision, reason
retention: company, activity, applies_to, duration, maximum, start_event, criterion, claim
longest-retention: company, duration
without-retention: company, activity
rights: company, right, position, condition, how_to_exercise
contacts: company, kind, name, organisation, email, phone, external
authorities: company, authority, country
measures: company, activity, measure, measure_label, kind
data-sources: company, activity, source, claim
processors: company, activity, processor, contract, country
record: company, activity, title, role, controllers, purposes, legal_bases, data_subjects, personal_data, recipients, transfers, retention, measures, status
shared-recipients: recipient, recipient_label, companies
findings: company, activity, rule, severity, article, message
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
    if "as_of" in queries.load(name).parameters:
        parameters.setdefault("as_of", DAY)
    return register.ask(name, **parameters)


def plain(rows: Any) -> Counter[tuple[str | None, ...]]:
    """Reduce rows to texts, counted, without order."""
    return Counter(
        tuple(None if cell is None else str(cell) for cell in row) for row in rows
    )


def test_every_question_of_this_step_is_there() -> None:
    """The package has exactly the questions whose columns are written down."""
    assert set(NAMES) == set(EXPECTED)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_columns_are_those_of_the_interface(register: Register, name: str) -> None:
    """The header and the answer have the columns of the interface, in order."""
    assert list(queries.load(name).columns) == EXPECTED[name]
    assert asked(register, name).columns == EXPECTED[name]


@pytest.mark.parametrize("name", TIMELESS)
def test_answer_is_the_golden_one(register: Register, name: str) -> None:
    """The five companies give the answer that was reviewed against their policies."""
    answer = results.write(asked(register, name), "csv")
    path = GOLDEN / f"{name}.csv"
    if os.environ.get("ROPA_UPDATE_GOLDEN") == "1":
        path.write_text(answer, encoding="utf-8", newline="")
    golden = path.read_text(encoding="utf-8")
    got = list(csv.reader(io.StringIO(answer)))
    assert got == list(csv.reader(io.StringIO(golden)))


def test_no_golden_answer_is_left_over() -> None:
    """Every golden file belongs to a question."""
    assert {path.stem for path in GOLDEN.glob("*.csv")} == set(TIMELESS)


# rdflib 7.6 warns of names of its own that it still uses.
OLD_NAMES = pytest.mark.filterwarnings("ignore:Dataset:DeprecationWarning:rdflib")


@OLD_NAMES
@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_second_engine_gives_the_same_rows(
    register: Register, second_engine: Dataset, name: str
) -> None:
    """A question is plain SPARQL 1.1: rdflib finds the same rows in the same data."""
    question = queries.load(name)
    given = {"as_of": DAY} if "as_of" in question.parameters else {}
    theirs = second_engine.query(question.render(**given))
    # Kept findings are those of today, in either engine.
    ours = asked(register, name, **({"as_of": None} if name == "findings" else {}))
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
    first, second = asked(register, name), asked(register, name)
    assert first.rows == second.rows
    assert max(plain(first.rows).values(), default=1) == 1


@pytest.mark.parametrize("name", TIMELESS)
def test_company_narrows_every_question(register: Register, name: str) -> None:
    """With a company, exactly its rows of the whole answer are left."""
    whole = asked(register, name)
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
        ("2016-01-01", ["The decision was not yet in force"]),
        ("2019-01-01", []),
        ("2020-07-16", ["The decision was no longer in force"]),
        # Past the last review the answer is that of the review, not silence.
        ("2030-01-01", ["The decision was no longer in force"]),
    ],
)
def test_reasons_are_in_words(register: Register, day: str, reasons: list[str]) -> None:
    """Why a transfer has no valid tool is said in the words of the ontology."""
    table = register.ask("invalid-transfers", as_of=day)
    assert [str(row[-1]) for row in table.rows] == reasons


def test_labels_are_in_the_language_asked(register: Register) -> None:
    """French labels where the vocabulary has them, else the company's own words."""
    french = register.ask("invalid-transfers", as_of=DAY, lang="fr")
    assert [str(row[-1]) for row in french.rows] == [
        "La décision n\N{RIGHT SINGLE QUOTATION MARK}était plus en vigueur"
    ]
    words = {str(row[3]) for row in register.ask("data-subjects", lang="fr").rows}
    assert {"Client", "People who contact WPO"} <= words
    assert {str(row[3]) for row in register.ask("data-subjects", lang="xx").rows} == {
        str(row[3]) for row in register.ask("data-subjects", lang="en").rows
    }
