"""Checks of entries: severity by profile, the day of the law, hostile data."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import Graph
from rdflib.term import Literal, URIRef

from ropa import assets, bounded, engine, entry, syntax, validation, vocabulary
from ropa import rules as rulebook
from ropa.errors import InputError, InternalError, LimitReached, NotFound
from ropa.findings import Report
from ropa.terms import DCT, DPV, ROPA, SH, SKOS

BASE = "https://w3id.org/ropa-kg/data/"
TODAY = date(2026, 11, 22)
PREFIXES = "".join(
    f"@prefix {prefix}: <{iri}> .\n"
    for prefix, iri in {
        "dct": "http://purl.org/dc/terms/",
        "dpcat": "https://w3id.org/dpcat#",
        "dpv": "https://w3id.org/dpv#",
        "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
        "law": "https://w3id.org/ropa-kg/law/",
        "loc": "https://w3id.org/dpv/loc#",
        "pd": "https://w3id.org/dpv/pd#",
        "ropa": "https://w3id.org/ropa-kg/ontology#",
        "sh": "http://www.w3.org/ns/shacl#",
        "skos": "http://www.w3.org/2004/02/skos/core#",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
    }.items()
)


def graph(text: str) -> Graph:
    """Read Turtle with the usual prefixes, completed as at the door."""
    found = Graph()
    for s, p, o, _ in syntax.parse(PREFIXES + text, syntax.Syntax.TURTLE, base=BASE):
        found.add((s, p, o))
    return entry.complete(found)


def example(name: str) -> str:
    """Give the text of an example entry."""
    return assets.text("data", f"examples/{name}-entry.ttl")


def nothing(_: URIRef) -> Graph:
    """Stand for an empty register."""
    return Graph()


def check(
    data: Graph | str,
    *,
    fetch: Callable[[URIRef], Graph] = nothing,
    profile: URIRef | None = None,
    as_of: date = TODAY,
    rules: list[str] | None = None,
) -> Report:
    """Check entries in the surroundings that a register would give."""
    if isinstance(data, str):
        data = graph(data)
    around = validation.context(data, vocabulary.load(), fetch)
    return validation.validate(data, around, profile=profile, as_of=as_of, rules=rules)


def codes(report: Report) -> list[str]:
    """List the codes of a report, sorted."""
    return sorted(finding.rule for finding in report.findings)


def test_the_good_example_has_no_findings() -> None:
    """The entry that newcomers start from is complete."""
    report = check(example("good"))
    assert report.findings == []
    assert report.conforms
    assert not report.is_blocking
    assert len(report.checked) == 3


def test_the_faulty_example_has_its_three_faults() -> None:
    """Three faults were planted, and three are found; none stops the saving."""
    report = check(example("faulty"))
    assert codes(report) == [
        "adequacy-decision-not-in-force",
        "legal-basis-missing",
        "retention-undefined",
    ]
    assert not report.is_blocking
    assert {finding.severity for finding in report.findings} == {"violation"}


def test_a_finding_says_all_that_a_person_needs() -> None:
    """Focus, field, rule, article, source, message and hint are there, in words."""
    report = check(example("faulty"))
    (finding,) = (f for f in report.findings if f.rule == "legal-basis-missing")
    assert finding.focus.endswith("newsletter#purpose-offers")
    assert finding.path == DPV.hasLegalBasis
    assert finding.label["fr"] == "Envoyer aux abonnés les offres de la semaine"
    assert finding.field == {"en": "Legal basis", "fr": "Base juridique"}
    assert finding.article == "GDPR Art. 6(1), 13(1)(c)"
    assert str(finding.source).endswith("art_13/par_1/pnt_c/oj")
    assert "Send subscribers the offers of the week" in finding.message["en"]
    assert "Envoyer aux abonnés" in finding.message["fr"]
    assert "{" not in "".join(finding.message.values())
    assert finding.hint["en"]


def test_in_a_notice_silence_is_info() -> None:
    """The same gaps weigh less where the record was read from a public notice."""
    as_notice = example("faulty").replace("ropa:Register", "ropa:Notice")
    weights = {f.rule: f.severity for f in check(as_notice).findings}
    assert weights["legal-basis-unsaid"] == "info"
    assert "legal-basis-missing" not in weights
    assert weights["retention-undefined"] == "info"
    # Not silence: the notice says something, and it does not hold.
    assert weights["adequacy-decision-not-in-force"] == "violation"


def test_the_profile_can_be_forced() -> None:
    """A caller may judge a notice as if it were a register, and the reverse."""
    data = example("faulty")
    forced = check(data, profile=ROPA.Notice)
    weights = {f.rule: f.severity for f in forced.findings}
    assert weights["legal-basis-unsaid"] == "info"


def test_rules_of_registers_leave_notices_alone() -> None:
    """A notice need not tell the contracts with processors."""
    text = example("good").replace(
        'ropa:contract "Processing agreement of 2 January 2026"@en',
        "ropa:service 'X'@en",
    )
    rule = "processor-contract-missing"
    assert rule in codes(check(text))
    assert rule not in codes(check(text, profile=ROPA.Notice))


@pytest.mark.parametrize(
    ("day", "is_found"),
    [
        (date(2016, 7, 1), True),
        (date(2019, 6, 1), False),
        (date(2020, 7, 15), False),
        (date(2020, 7, 16), True),
    ],
)
def test_the_law_of_the_day_is_applied(day: date, is_found: bool) -> None:
    """Privacy Shield carried transfers until 15 July 2020, and none from the 16th."""
    report = check(example("faulty"), as_of=day)
    assert ("adequacy-decision-not-in-force" in codes(report)) is is_found
    if is_found:
        (finding,) = (f for f in report.findings if f.path == ROPA.decision)
        assert day.isoformat() in finding.message["fr"]


@pytest.mark.parametrize(
    ("day", "applied"),
    [
        (date(1998, 10, 23), set()),
        (date(1998, 10, 24), {"adequacy-decision-not-in-force"}),
        (date(2018, 5, 24), set()),
        (date(2018, 5, 25), {"legal-basis-missing", "retention-undefined"}),
        (date(2018, 5, 26), {"legal-basis-missing", "retention-undefined"}),
    ],
)
def test_a_rule_applies_from_its_first_day(day: date, applied: set[str]) -> None:
    """Before the GDPR applied, only the rules on what a transfer rests on do.

    Source: GDPR Art. 99(2); Directive 95/46/EC Art. 25, 26 and 32.
    """
    report = check(example("faulty"), as_of=day)
    assert {f.rule for f in report.findings if f.severity == "violation"} == applied


def test_what_cannot_be_understood_does_not_hang_on_the_day() -> None:
    """A term that does not exist is refused for any day."""
    text = "<activities/x/a> a dpv:PersonalDataProcess ; dpv:hasPurpose dpv:Marktng ."
    assert "unknown-term" in codes(check(text, as_of=date(1990, 1, 1)))


def test_an_activity_is_judged_with_its_company() -> None:
    """What the record states for the whole company is not missing in an activity."""
    company = graph(
        """<companies/x> a dpv:LegalEntity ; dpv:hasName "X" ; ropa:email "x@x.org" .
        <companies/x#record> a dpcat:ROPA ; dct:title "X"@en ;
            ropa:profile ropa:Register ; dct:publisher <companies/x> ;
            ropa:reviewDueOn "2030-01-31"^^xsd:date ;
            dpv:hasRecipient <companies/x#staff> ;
            dpv:hasStorageCondition <companies/x#kept> ."""
    )
    activity = """<activities/x/a> a dpv:PersonalDataProcess ; dct:title "A"@en ;
        dct:isPartOf <companies/x#record> ; dpv:hasDataController <companies/x> ."""
    alone = check(activity)
    assert "record-missing" in codes(alone)
    wanted = URIRef(f"{BASE}companies/x")
    report = check(activity, fetch=lambda iri: company if iri == wanted else Graph())
    assert not report.is_blocking
    assert codes(report) == [
        "data-subject-missing",
        "measure-missing",
        "personal-data-missing",
        "purpose-missing",
    ]
    assert report.checked == [URIRef(f"{BASE}activities/x/a")]


def test_the_surroundings_are_not_judged() -> None:
    """Faults of the company are told when the company is checked, not otherwise."""
    company = graph(
        """<companies/x> a dpv:LegalEntity .
        <companies/x#record> a dpcat:ROPA ; dct:publisher <companies/x> ."""
    )
    report = check(
        """<activities/x/a> a dpv:PersonalDataProcess ; dct:title "A"@en ;
        dct:isPartOf <companies/x#record> ; dpv:hasDataController <companies/x> .""",
        fetch=lambda _: company,
    )
    assert all("activities/x/a" in finding.focus for finding in report.findings)


STRUCTURAL = [
    ("not-an-entry", '<x> skos:prefLabel "Something"@en .'),
    ("not-an-entry", '<x> a dpv:Purpose ; skos:prefLabel "Something"@en .'),
    ("not-an-entry", "dpv:Marketing skos:broader dpv:CommercialPurpose ."),
    ("unknown-term", "<a> a dpv:PersonalDataProcess ; dpv:hasPurpos <a#p> ."),
    ("unknown-term", "<a> a dpv:PersonalDataProcess ; dpv:hasPersonalData pd:Nam ."),
    ("unknown-term", "<a> a dpv:PersonalDataProces ."),
    (
        "unknown-term",
        "<a> a dpv:PersonalDataProcess . <a#t> ropa:decision law:no-such-decision .",
    ),
]


@pytest.mark.parametrize(("rule", "text"), STRUCTURAL)
def test_what_is_no_entry_blocks(rule: str, text: str) -> None:
    """Things that are no entry, and words that do not exist, are refused."""
    report = check(text)
    assert rule in codes(report)
    assert report.is_blocking


def test_known_entries_and_terms_pass() -> None:
    """The structural rules that SHACL cannot decide let good entries through."""
    assert not set(codes(check(example("good")))) & {
        "not-an-entry",
        "unknown-term",
        "foreign-part",
    }


def test_an_unknown_term_comes_with_its_neighbours() -> None:
    """A misspelt term is answered with the terms that were probably meant."""
    report = check("<a> a dpv:PersonalDataProcess ; dpv:hasPurpos <a#p> .")
    (finding,) = (f for f in report.findings if f.rule == "unknown-term")
    assert "dpv:hasPurpose" in finding.message["en"]
    assert "dpv:hasPurpose" in finding.message["fr"]


def test_a_part_of_another_company_is_refused() -> None:
    """Records of two companies do not share parts."""
    other = """<companies/y> a dpv:LegalEntity ; dpv:hasName "Y" .
        <companies/y#record> a dpcat:ROPA ; dct:publisher <companies/y> .
        <companies/y#staff> a dpv:Recipient ; skos:prefLabel "Staff"@en ."""
    text = example("good") + other
    assert "foreign-part" not in codes(check(text))
    linked = (
        "<activities/example-bakery/newsletter> dpv:hasRecipient <companies/y#staff> ."
    )
    report = check(text + linked)
    (finding,) = (f for f in report.findings if f.rule == "foreign-part")
    assert finding.blocks
    assert finding.value == URIRef(f"{BASE}companies/y#staff")


def test_shapes_in_the_data_are_data() -> None:
    """An entry can neither switch a rule off nor bring rules of its own."""
    before = codes(check(example("faulty")))
    report = check(
        example("faulty")
        + """<https://w3id.org/ropa-kg/shapes#legal-basis-missing> sh:deactivated true .
        <companies/example-bakery#own> a sh:NodeShape ; sh:targetClass dpv:Purpose ;
            sh:property <companies/example-bakery#ownproperty> .
        <companies/example-bakery#ownproperty> sh:path skos:prefLabel ; sh:maxCount 0 ;
            sh:pattern "^(a+)+$" ."""
    )
    assert [code for code in before if code not in codes(report)] == []
    extra = [f for f in report.findings if f.rule not in before]
    # The foreign subject is told as such, and nothing else happens.
    assert {f.rule for f in extra} == {"not-an-entry", "reserved-address"}


def test_the_data_cannot_bend_the_law() -> None:
    """What an entry says of a decision, a term or the day does not count."""
    report = check(
        example("faulty")
        + """law:eu-us-privacy-shield ropa:validFrom "2026-01-01"^^xsd:date .
        <urn:x-ropa:context> ropa:asOf "2019-01-01"^^xsd:date ."""
    )
    assert "adequacy-decision-not-in-force" in codes(report)
    assert report.is_blocking


def test_a_slow_expression_in_the_data_does_nothing() -> None:
    """Texts made to catch bad regular expressions are checked at once."""
    text = (
        example("good")
        .replace('"P3Y"', f'"P{"1" * 5000}Y1"')
        .replace("ropa:isMaximum true", f'ropa:criterion "as long as {" " * 5000}x"@en')
    )
    start = time.monotonic()
    report = check(text)
    assert time.monotonic() - start < 5
    assert "ill-typed-value" in codes(report)


def test_a_huge_number_does_nothing() -> None:
    """Twelve characters that stand for a number of 200 million digits stay a text."""
    text = example("good").replace(
        'ropa:period "P3Y"', 'ropa:period "P3Y" ; ropa:days "1E+200000000"^^xsd:decimal'
    )
    assert "ill-typed-value" in codes(check(text))


def test_a_cycle_of_terms_ends() -> None:
    """A hierarchy that runs in a circle is followed once."""
    text = example("good") + (
        "<activities/example-bakery/newsletter#data-preferences> skos:broader "
        "<activities/example-bakery/newsletter#data-preferences> ."
    )
    assert check(text).findings == []


def test_a_deep_hierarchy_is_checked_or_refused() -> None:
    """A chain of thousands of terms gives an answer or a clear error."""
    data = graph(example("good"))
    part = f"{BASE}activities/example-bakery/newsletter#data-preferences"
    for number in range(3000):
        data.add(
            (
                URIRef(f"{part}{number or ''}"),
                SKOS.broader,
                URIRef(f"{part}{number + 1}"),
            )
        )
    try:
        report = check(data)
    except LimitReached as error:
        assert error.details["limit"] == "stack"
    else:
        assert "unknown-term" not in codes(report)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(0, 30), min_size=4, max_size=4), st.sampled_from([0, 1, -1])
)
def test_days_are_judged_as_published(amounts: list[int], off: int) -> None:
    """The days of a period are judged as the published query judges them."""
    from pyshacl import validate as run

    units = zip(amounts, "YMWD", strict=True)
    period = "P" + "".join(f"{n}{unit}" for n, unit in units if n)
    number = (entry.days(period) or 0) + off
    data = graph(f'<a#s> ropa:period "{period}" ; ropa:days {number} .')
    shapes = Graph()
    rule = rulebook.rule("days-disagree")
    shapes += rulebook.shapes().cbd(rule.shape)
    shapes += rulebook.shapes().cbd(URIRef("https://w3id.org/ropa-kg/shapes"))
    published, _, _ = run(data, shacl_graph=shapes)
    here = rule.code not in codes(check(data, rules=[rule.code]))
    assert here is published is (off == 0 or period == "P")


def test_a_rule_over_several_properties_names_the_one() -> None:
    """The field of a finding is the property that leads to the value."""
    linked = "<companies/example-bakery#record> dpv:hasAuthority <organisations/cnl> ."
    (finding,) = check(example("good") + linked).findings
    assert (finding.rule, finding.severity) == ("reference-unknown", "warning")
    assert finding.path == DPV.hasAuthority
    assert finding.field["fr"] == "Autorité de contrôle"


def test_nothing_to_check_is_an_error() -> None:
    """An empty graph does not pass silently."""
    with pytest.raises(InputError, match="no statement"):
        validation.validate(Graph(), Graph(), as_of=TODAY)


def test_rules_can_be_chosen() -> None:
    """Only the rules asked for are applied; a wrong name gets its neighbours."""
    report = check(example("faulty"), rules=["legal-basis-missing"])
    assert codes(report) == ["legal-basis-missing"]
    with pytest.raises(NotFound) as caught:
        check(example("faulty"), rules=["legal-basis-mising"])
    assert "legal-basis-missing" in caught.value.hint


def test_the_graphs_of_the_caller_stay_as_they_are() -> None:
    """A check changes neither the entry nor its surroundings."""
    data = graph(example("faulty"))
    around = validation.context(data, vocabulary.load(), nothing)
    before = (set(data), set(around))
    validation.validate(data, around, as_of=TODAY)
    assert (set(data), set(around)) == before


def test_findings_come_in_one_order() -> None:
    """Two runs give the same report, whatever order the statements came in."""
    text = example("faulty")
    first = check(text)
    again = Graph()
    for triple in sorted(graph(text), reverse=True):
        again.add(triple)
    assert check(again) == first


def test_a_failing_engine_is_our_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """What pySHACL raises is translated, with its cause kept."""
    from pyshacl.errors import (
        ConstraintLoadError,
        ReportableRuntimeError,
        ShapeLoadError,
        ValidationFailure,
    )
    from pyshacl.shape import Shape

    faults = [
        ConstraintLoadError("no", "link"),
        ReportableRuntimeError("no"),
        ShapeLoadError("no", "link"),
        ValidationFailure("no"),
        RecursionError("no"),
        ValueError("no"),
        AssertionError("no"),
    ]
    for fault in faults:

        def fail(*_: object, fault: Exception = fault, **__: object) -> None:
            raise fault

        monkeypatch.setattr(Shape, "validate", fail)
        with pytest.raises((InternalError, LimitReached)) as caught:
            check(example("faulty"))
        assert caught.value.__cause__ is fault


def test_a_child_process_gives_the_same_report() -> None:
    """The bounded task finds what the pure function finds."""
    data = graph(example("faulty"))
    around = validation.context(data, vocabulary.load(), nothing)
    body = b"\x00".join(
        syntax.serialize(one, syntax.Syntax.NTRIPLES) for one in (data, around)
    )
    header = {"as_of": TODAY.isoformat(), "profile": None, "rules": None}
    _, answer = bounded.call("ropa.validation:check", header, body)
    assert Report.from_json(answer) == check(data)


def test_what_is_loaded_before_includes_the_query_engine() -> None:
    """Once shut in, a check imports nothing: one query of the rules ran before."""
    engine._prepared.cache_clear()
    validation._warm.cache_clear()
    validation._warm()
    assert engine._prepared.cache_info().currsize == 1


def test_the_report_graph_is_the_standards() -> None:
    """Findings are kept as validation results with addresses, by the entry."""
    report = check(example("faulty"))
    iri = URIRef(f"{BASE}activities/example-bakery/newsletter")
    kept = validation.report_graph(report.about([iri]), iri)
    name = entry.findings_graph(iri)
    results = set(kept.objects(name, SH.result))
    assert results == {URIRef(f"{name}#{n}") for n in (1, 2, 3)}
    for node in results:
        assert kept.value(node, SH.focusNode) is not None
        assert kept.value(node, SH.resultSeverity) == SH.Violation
        assert {t.language for t in kept.objects(node, SH.resultMessage)} == {
            "en",
            "fr",
        }
        assert list(kept.objects(node, DCT.source))
        assert str(kept.value(node, ROPA.rule)) in rulebook.rules()
    assert kept.value(name, SH.conforms) == Literal(False)


def test_the_json_follows_its_schema() -> None:
    """What programs read is described by the published schema."""
    jsonschema = pytest.importorskip("jsonschema")
    from importlib.resources import files

    text = files("ropa").joinpath("schemas/report.schema.json").read_text("utf-8")
    for report in (check(example("faulty")), check("<x> ropa:days 3 .")):
        jsonschema.validate(json.loads(report.to_json()), json.loads(text))
        assert Report.from_json(report.to_json()) == report


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("ropa:decision law:eu-us-data-privacy-framework", "law:eu-us-dpf"),
        ("ropa:outcome ropa:NotRequired", "dpv:NotRequired, eu-gdpr:DPIANotRequired"),
    ],
)
def test_neighbours_are_found_in_a_process_that_is_shut_in(
    text: str, meant: str
) -> None:
    """What an unknown name may have meant is known without opening a file."""
    data = graph(f"<a> a dpv:PersonalDataProcess . <a#x> {text} .")
    header = {"as_of": TODAY.isoformat()}
    body = b"\x00".join((data.serialize(format="nt", encoding="utf-8"), b""))
    _, said = bounded.call("ropa.validation:check", header, body)
    (finding,) = (
        one for one in json.loads(said)["findings"] if one["rule"] == "unknown-term"
    )
    assert f"Nearest terms: {meant}" in finding["message"]["en"]


def test_an_ill_typed_value_is_told_what_the_field_takes() -> None:
    """The advice is that of the field, also in a process that is shut in."""
    text = example("good").replace('"P3Y"', '"three years"')
    body = syntax.serialize(graph(text), syntax.Syntax.NTRIPLES) + b"\x00"
    _, said = bounded.call("ropa.validation:check", {"as_of": TODAY.isoformat()}, body)
    (finding,) = (
        one for one in json.loads(said)["findings"] if one["rule"] == "ill-typed-value"
    )
    assert finding["hint"]["en"].startswith("Write a period as P6M or P3Y")
    assert "P6M ou P3Y" in finding["hint"]["fr"]
