"""Conclusions traced back: premises that hold, suffice, and never go in a circle."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from rdflib import Graph
from rdflib.paths import InvPath, MulPath, SequencePath
from rdflib.plugins.sparql.algebra import translateQuery
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.term import Literal, URIRef

from ropa import entailments, entry, inference, syntax
from ropa.inference import axioms, entailing, tracing
from ropa.inference.tracing import Step
from ropa.terms import DCT, DPCAT, DPV, GDPR, LOC, PD, RDF, ROPA, SKOS

if TYPE_CHECKING:
    from ropa.register import Register

Triple = tuple[Any, Any, Any]

DAY = date(2026, 11, 22)
BASE = "http://127.0.0.1:8000/"
HOME = URIRef(f"{BASE}companies/mill")
OWN = URIRef(f"{BASE}activities/mill/baking")
RECORD = URIRef(f"{HOME}#record")


def part(name: str) -> URIRef:
    """Name a part of the activity."""
    return URIRef(f"{OWN}#{name}")


def reasons(
    data: Iterable[Triple],
    around: Iterable[Triple] = (),
    *,
    name: URIRef = OWN,
    most: int = 1000,
    as_of: date = DAY,
) -> tuple[list[Triple], dict[Triple, Step]]:
    """Run what the child process runs, in this one."""
    body = "\x00".join(
        "\n".join(syntax.line(*triple) for triple in triples)
        for triples in (data, around)
    )
    header = {"as_of": as_of.isoformat(), "entry": name, "about": None, "most": most}
    answer, _ = inference.reasons(header, body.encode(), lambda: None)
    steps = [tracing.read_step(step) for step in answer["steps"]]
    wanted = [tracing.read(triple) for triple in answer["wanted"]]
    return wanted, {step.triple: step for step in steps}


def follows(data: Iterable[Triple], around: Iterable[Triple] = ()) -> set[Triple]:
    """Give what follows, without reasons."""
    lines = [[syntax.line(*triple) for triple in some] for some in (data, around)]
    return {one.triple for one in inference.infer(*lines, as_of=DAY)}


def around_of(register: Register, name: URIRef) -> set[Triple]:
    """Collect the documents that an entry names, as far as a conclusion needs them."""
    found: set[Triple] = set()
    graph = register.read(name)
    named = {entry.document(o) for o in graph.objects() if isinstance(o, URIRef)}
    for document in sorted(named - {name}):
        if str(document).startswith(register.base):
            found |= told(register.graph(document))
    return found


def told(graph: Graph) -> set[Triple]:
    """Leave claims and passages out, of which nothing follows here."""
    left_out = set(graph.subjects(RDF.type, ROPA.Claim))
    return {(s, p, o) for s, p, o in graph if s not in left_out and "char=" not in s}


ABOUT = [
    (OWN, RDF.type, DPV.PersonalDataProcess),
    (OWN, DCT.isPartOf, RECORD),
]
AROUND = [
    (RECORD, RDF.type, DPCAT.ROPA),
    (RECORD, DCT.publisher, HOME),
    (HOME, RDF.type, DPV.LegalEntity),
]


def purpose(at: int, kind: URIRef, basis: str) -> list[Triple]:
    """State a purpose with its basis."""
    node = part(f"purpose-{at}")
    return [
        (OWN, DPV.hasPurpose, node),
        (node, RDF.type, DPV.Purpose),
        (node, SKOS.broader, kind),
        (node, DPV.hasLegalBasis, GDPR[basis]),
    ]


def transfer(at: int, country: URIRef) -> list[Triple]:
    """State a transfer."""
    node = part(f"transfer-{at}")
    return [
        (OWN, DPV.hasProcessing, node),
        (node, RDF.type, DPV.CrossBorderTransfer),
        (node, DPV.hasThirdCountry, country),
    ]


def data_of(at: int, kind: URIRef) -> list[Triple]:
    """State a category of data of the company's own."""
    node = part(f"data-{at}")
    return [
        (OWN, DPV.hasPersonalData, node),
        (node, RDF.type, DPV.PersonalData),
        (node, SKOS.broader, kind),
    ]


GENERATED = {
    "bases": [
        *purpose(1, DPV.Marketing, "A6-1-a"),
        *purpose(2, DPV.ServiceProvision, "A6-1-f"),
    ],
    "marketing": purpose(1, DPV.DirectMarketing, "A6-1-f"),
    "transfers": [*transfer(1, LOC.CH), *transfer(2, LOC.IN), *transfer(3, LOC.US)],
    "health": [*data_of(1, PD.Health), (OWN, DPV.hasDataSubject, DPV.Child)],
    "chain": [
        *data_of(1, part("data-2")),
        *data_of(2, part("data-3")),
        *data_of(3, PD.Religion),
    ],
    "circle": [
        *data_of(1, part("data-2")),
        *data_of(2, part("data-1")),
        *data_of(2, PD.Health),
    ],
    "self": [*data_of(1, part("data-1")), *data_of(1, PD.Health)],
}


@cache
def generated(name: str) -> tuple[list[Triple], dict[Triple, Step]]:
    """Trace what follows from a made entry."""
    return reasons([*ABOUT, *GENERATED[name]], AROUND)


def leaves(triple: Triple, steps: dict[Triple, Step]) -> set[Triple]:
    """Collect what a conclusion rests on in the end."""
    found, seen, pending = set(), set(), [triple]
    while pending:
        one = pending.pop()
        if one in steps and one not in seen:
            seen.add(one)
            pending += steps[one].because
        elif one not in steps:
            found.add(one)
    return found


def require_no_circle(steps: dict[Triple, Step]) -> None:
    """Refuse a step that rests on itself, over whatever others."""
    done: set[Triple] = set()
    pending = dict(steps)
    while pending:
        ready = [
            triple
            for triple, step in pending.items()
            if all(one in done or one not in steps for one in step.because)
        ]
        assert ready, f"these rest on each other: {sorted(pending)}"
        done.update(ready)
        for triple in ready:
            del pending[triple]


def require_standing(
    steps: dict[Triple, Step], data: set[Triple], around: set[Triple]
) -> None:
    """Refuse a premise that stands neither here, nor around, nor in the package."""
    bench = entailing.reference()
    for step in steps.values():
        for reason in step.because:
            is_known = reason in steps or reason in data or reason in around
            assert is_known or (reason[1], reason[2]) in bench.said(reason[0])


def require_needed(
    wanted: Iterable[Triple],
    steps: dict[Triple, Step],
    data: set[Triple],
    around: set[Triple],
) -> int:
    """Refuse reasons without which a conclusion that has no others still follows.

    Returns:
        How many conclusions were tried.
    """
    tried = 0
    for triple in wanted:
        if steps[triple].others or any(
            steps[one].others for one in steps[triple].because if one in steps
        ):
            continue
        resting = leaves(triple, steps)
        assert resting & data
        assert triple not in follows(data - resting, around)
        tried += 1
    return tried


@pytest.mark.parametrize("name", GENERATED)
def test_premises_of_made_entries_hold_and_are_needed(name: str) -> None:
    """Each stands where it is said to, and without them nothing is concluded."""
    wanted, steps = generated(name)
    data, around = {*ABOUT, *GENERATED[name]}, set(AROUND)
    assert wanted
    require_no_circle(steps)
    require_standing(steps, data, around)
    assert require_needed(wanted, steps, data, around)


@pytest.mark.parametrize(
    "path",
    [
        "activities/wepos/job-applications",
        "activities/weprode/commercial",
        "activities/wimi/profiling",
        "activities/workpex/push-notifications",
        "activities/wpo/legal-claims",
        "companies/wpo",
    ],
)
def test_premises_of_the_five_hold_and_are_needed(
    register: Register, path: str
) -> None:
    """The same on what companies state; of each way to conclude one statement."""
    name = URIRef(register.base + path)
    data, around = told(register.read(name)), around_of(register, name)
    wanted, steps = reasons(data, around, name=name)
    require_no_circle(steps)
    require_standing(steps, data, around)
    one_each = {steps[triple].by: triple for triple in wanted}
    assert require_needed(one_each.values(), steps, data, around)


def test_what_follows_is_what_is_explained() -> None:
    """Each inferred statement has a step, by the same kind or entailment."""
    wanted, steps = generated("transfers")
    data = [syntax.line(*triple) for triple in (*ABOUT, *GENERATED["transfers"])]
    around = [syntax.line(*triple) for triple in AROUND]
    inferred = inference.infer(data, around, as_of=DAY)
    assert [one.triple for one in inferred] == wanted
    assert {one.triple: one.by for one in inferred} == {
        triple: steps[triple].by for triple in wanted
    }


def test_a_chain_is_led_down_to_the_term() -> None:
    """Own categories below each other end at the shipped term, and at what it is by."""
    _, steps = generated("chain")
    kind = (part("data-1"), RDF.type, ROPA.SpecialCategoryData)
    resting = leaves(kind, steps)
    assert {
        (part("data-1"), SKOS.broader, part("data-2")),
        (part("data-2"), SKOS.broader, part("data-3")),
        (part("data-3"), SKOS.broader, PD.Religion),
    } <= resting
    # Of a term of the vocabulary: what the vocabulary itself states.
    (of_term,) = (s for t, s in steps.items() if t[0] == PD.Religion)
    assert any(one[1] == ROPA.dataRegime for one in of_term.because)


@pytest.mark.parametrize(("name", "at"), [("self", 1), ("circle", 2)])
def test_a_circle_in_a_hierarchy_is_no_further_reason(name: str, at: int) -> None:
    """What is special by another, that is special by it, is so in one way only."""
    _, steps = generated(name)
    own = part(f"data-{at}")
    kind = (own, RDF.type, ROPA.SpecialCategoryData)
    assert (own, SKOS.broader, PD.Health) in steps[kind].because
    assert (own, SKOS.broader, part("data-1")) not in leaves(kind, steps)
    assert not steps[kind].others


def test_law_is_a_premise() -> None:
    """A decision stands among the reasons of a transfer that it covers."""
    wanted, steps = generated("transfers")
    (covered,) = (one for one in wanted if one[1] == ROPA.coveredBy)
    assert covered[0] == part("transfer-1")
    assert (covered[2], ROPA.covers, LOC.CH) in steps[covered].because
    assert steps[covered].bindings["decision"] == covered[2]


def test_further_ways_are_counted() -> None:
    """Two purposes on one basis give it in two ways, of which one is told."""
    data = [
        *purpose(1, DPV.Marketing, "A6-1-a"),
        *purpose(2, DPV.ServiceProvision, "A6-1-a"),
    ]
    _, steps = reasons([*ABOUT, *data], AROUND)
    step = steps[OWN, DPV.hasLegalBasis, GDPR["A6-1-a"]]
    assert step.others == 1
    assert (OWN, DPV.hasPurpose, part("purpose-2")) not in step.because


def test_only_so_many_are_traced() -> None:
    """Of what follows the first statements are traced, and what they rest on."""
    wanted, steps = reasons([*ABOUT, *GENERATED["health"]], AROUND, most=1)
    assert len(wanted) == 1
    assert wanted[0] in steps


def test_a_day_matters() -> None:
    """On a day before a decision nothing is covered by it."""
    wanted, _ = reasons([*ABOUT, *transfer(1, LOC.CH)], AROUND, as_of=date(1999, 12, 1))
    assert not [one for one in wanted if one[1] == ROPA.coveredBy]


@pytest.mark.parametrize(
    "node",
    [
        URIRef("http://example.org/é"),
        Literal('a "text"\n', lang="fr"),
        Literal("plain"),
        Literal("2026-11-22", datatype=URIRef("http://www.w3.org/2001/XMLSchema#date")),
    ],
)
def test_terms_cross_the_pipe_as_they_are(node: Any) -> None:
    """What the child writes down, its parent reads."""
    step = Step((OWN, RDF.type, node), HOME, ((OWN, RDF.type, node),), {"x": node}, 3)
    assert tracing.read_step(tracing.step_values(step)) == step


@pytest.mark.parametrize("one", entailments.all_entailments(), ids=lambda one: one.name)
def test_patterns_are_those_of_the_whole_text(one: entailments.Entailment) -> None:
    """Cutting out what says nothing of premises changes no premise."""
    algebra: Any = translateQuery(parseQuery(one.text)).algebra
    whole = dict.fromkeys(entailments._asked(algebra.p))
    assert [*map(str, one.conditions())] == [*map(str, whole)]


def test_paths_are_followed_the_shortest_way() -> None:
    """Sequences, repetitions and turned paths give the statements along the way."""
    bench = entailing.reference()
    bench.clear()
    one, two, three = (part(name) for name in ("one", "two", "three"))
    triples = [
        (one, SKOS.broader, two),
        (two, SKOS.broader, three),
        (one, SKOS.broader, three),
        (three, SKOS.broader, one),
        (three, RDF.type, DPV.Purpose),
    ]
    bench.put([syntax.line(*triple) for triple in triples])
    ends = tracing.Ends(bench)
    up = MulPath(SKOS.broader, "*")
    assert dict(ends.of(one, up))[three] == ((one, SKOS.broader, three),)
    assert dict(ends.of(one, up))[one] == ()
    kinds = dict(ends.of(one, SequencePath(up, RDF.type)))
    assert kinds[DPV.Purpose] == (triples[2], triples[4])
    assert dict(ends.of(three, InvPath(SKOS.broader)))[two] == (triples[1],)
    assert dict(ends.of(three, InvPath(up)))[two] == (triples[1],)
    bench.clear()
    assert not bench.said(one)


def test_kinds_of_the_package_have_reasons() -> None:
    """Every class kept of a data category can be led to what the vocabulary states."""
    kinds = axioms.kinds()
    assert ROPA.SpecialCategoryData in kinds
    for term in (PD.Health, PD.Religion, PD.Fingerprint):
        _, steps = reasons([*ABOUT, (OWN, DPV.hasPersonalData, term)], AROUND)
        of_term = [step for triple, step in steps.items() if triple[0] == term]
        assert all(step.because for step in of_term)
