"""Asking a register: parameters, near matches, inferred rows, strangers' queries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from rdflib import Graph
from rdflib.term import Literal, Node, URIRef

from ropa import asking, assets, bounded, entry
from ropa.asking import ask
from ropa.errors import InputError, LimitReached, NotFound, QueryError
from ropa.store import open_store
from ropa.store.base import Store
from ropa.syntax import Syntax, parse
from ropa.terms import PD

BASE = "https://example.org/register/"
DAY = "2026-11-22"
FIRM = URIRef(f"{BASE}companies/firm")
ACTIVITY = URIRef(f"{BASE}activities/firm/mailing")
PREFIXES = """
@prefix dct: <http://purl.org/dc/terms/> .
@prefix dpcat: <https://w3id.org/dpcat#> .
@prefix dpv: <https://w3id.org/dpv#> .
@prefix eu-gdpr: <https://w3id.org/dpv/legal/eu/gdpr#> .
@prefix law: <https://w3id.org/ropa-kg/law/> .
@prefix loc: <https://w3id.org/dpv/loc#> .
@prefix ropa: <https://w3id.org/ropa-kg/ontology#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
RECORD = """
<companies/firm> a dpv:LegalEntity ; dpv:hasName "Invented Firm" .
<companies/firm#record> a dpcat:ROPA ; dct:publisher <companies/firm> ;
    ropa:profile ropa:Register .
"""
MAILING = """
<activities/firm/mailing> a dpv:PersonalDataProcess ;
    dct:title "Mailing"@en ; dct:isPartOf <companies/firm#record> ;
    dpv:hasDataController <companies/firm> ;
    dpv:hasProcessing <activities/firm/mailing#transfer> .
<activities/firm/mailing#transfer> a dpv:CrossBorderTransfer ; """
VOCABULARY = """
ropa:NotYetInForce a ropa:TransferFault ; skos:prefLabel "not yet"@en .
ropa:NoLongerInForce a ropa:TransferFault ; skos:prefLabel "no longer"@en .
ropa:NoToolNamed a ropa:TransferFault ; skos:prefLabel "no tool"@en .
ropa:DoesNotCover a ropa:TransferFault ; skos:prefLabel "does not cover"@en .
law: ropa:reviewedOn "2026-11-22"^^xsd:date .
law:short a ropa:AdequacyDecision ; ropa:covers loc:US ;
    ropa:validFrom "2016-07-12"^^xsd:date ; ropa:endsOn "2020-07-15"^^xsd:date .
law:open a ropa:AdequacyDecision ; ropa:covers loc:JP ;
    ropa:validFrom "2019-01-23"^^xsd:date .
"""


def graph_of(text: str) -> Graph:
    """Read Turtle with the prefixes and base of these tests."""
    graph = Graph()
    for subject, predicate, object_, _ in parse(
        PREFIXES + text, Syntax.TURTLE, base=BASE
    ):
        graph.add((subject, predicate, object_))
    return graph


@pytest.fixture
def store() -> Iterator[Store]:
    """Give a store with one invented firm and a little law."""
    opened = open_store("memory:", in_union=entry.is_stated)
    opened.write(
        {
            FIRM: graph_of(RECORD),
            URIRef("https://w3id.org/ropa-kg/ontology/ropa"): graph_of(VOCABULARY),
        }
    )
    yield opened
    opened.close()


def transfer(store: Store, description: str) -> None:
    """Give the firm one activity with one transfer."""
    store.write({ACTIVITY: graph_of(MAILING + description)})


def cell(store: Store, name: str, column: str, **parameters: str) -> list[str | None]:
    """Ask and give one column."""
    table = ask(store, name, **parameters)  # type: ignore[arg-type]
    at = table.columns.index(column)
    return [None if row[at] is None else str(row[at]) for row in table.rows]


def test_company_is_found_by_slug_and_by_iri(store: Store) -> None:
    """Both names of a company narrow a question alike."""
    transfer(store, "dpv:hasThirdCountry loc:US .")
    by_slug = ask(store, "transfers", company="firm")
    assert by_slug.rows
    assert by_slug == ask(store, "transfers", company=str(FIRM))


def test_unknown_company_is_answered_with_near_ones(store: Store) -> None:
    """A slip in a company's name gets the names that were likely meant."""
    with pytest.raises(NotFound) as caught:
        ask(store, "companies", company="frim")
    assert caught.value.hint == "Did you mean firm?"


def test_unknown_company_in_an_empty_register() -> None:
    """Where there is no company at all, the hint says so."""
    with pytest.raises(NotFound, match="no company") as caught:
        asking.known_company(open_store("memory:", in_union=entry.is_stated), "firm")
    assert "empty" in caught.value.hint


@pytest.mark.parametrize("text", ['firm" }', "firm>", "firm\n}", "{ ?s ?p ?o }"])
def test_company_that_is_no_name_finds_nothing(store: Store, text: str) -> None:
    """Signs of the query language in a company's name are just an unknown name."""
    with pytest.raises(NotFound):
        ask(store, "transfers", company=text)


@pytest.mark.parametrize("text", ['fr" }', "fr} #", "f r", ""])
def test_language_that_is_none_is_refused(store: Store, text: str) -> None:
    """Signs of the query language in a language tag are an input error."""
    with pytest.raises(InputError):
        ask(store, "activities", lang=text)


def test_unknown_parameter_and_wrong_values_are_told(store: Store) -> None:
    """What a question does not take, or cannot read, is refused by name."""
    with pytest.raises(InputError, match="country"):
        ask(store, "transfers", country="US")
    with pytest.raises(InputError, match="claims"):
        ask(store, "transfers", claims="some")
    with pytest.raises(InputError, match="claims"):
        ask(store, "activities", claims="all")
    with pytest.raises(InputError, match="date"):
        ask(store, "activities", as_of="tomorrow")


def test_today_is_the_default_day(store: Store) -> None:
    """Without a day, the law of today is applied."""
    transfer(store, "dpv:hasThirdCountry loc:US ; ropa:decision law:short .")
    today = datetime.now(UTC).date()
    assert ask(store, "transfers") == ask(store, "transfers", as_of=today)


@pytest.mark.parametrize(
    ("day", "valid"),
    [
        ("2016-07-11", "false"),
        ("2016-07-12", "true"),
        ("2020-07-15", "true"),
        ("2020-07-16", "false"),
        ("2026-11-22", "false"),
        ("2026-11-23", "unknown"),
    ],
)
def test_last_day_of_a_decision_is_included(store: Store, day: str, valid: str) -> None:
    """A decision holds from its first to its last day, both included."""
    transfer(store, "dpv:hasThirdCountry loc:US ; ropa:decision law:short .")
    assert cell(store, "transfers", "valid", as_of=day) == [valid]


@pytest.mark.parametrize(
    ("description", "valid", "reason"),
    [
        # Standard clauses beside a fallen decision may carry the transfer.
        (
            "dpv:hasThirdCountry loc:US ; ropa:decision law:short ;"
            " dpv:hasLegalBasis eu-gdpr:A45-3 , eu-gdpr:A46-2-c .",
            "unknown",
            [],
        ),
        # Of two decisions one that holds is enough.
        (
            "dpv:hasThirdCountry loc:JP ; ropa:decision law:short , law:open .",
            "true",
            None,
        ),
        ("dpv:hasThirdCountry loc:JP ; ropa:decision law:open .", "true", []),
        (
            "dpv:hasThirdCountry loc:IN ; ropa:decision law:open .",
            "false",
            ["does not cover"],
        ),
        (
            "dpv:hasThirdCountry loc:IN ; dpv:hasLegalBasis eu-gdpr:A46-2-c .",
            "unknown",
            [],
        ),
        ("dpv:hasThirdCountry loc:IN .", "unknown", ["no tool"]),
    ],
)
def test_tools_are_judged_together(
    store: Store, description: str, valid: str, reason: list[str] | None
) -> None:
    """The best tool of a transfer counts, and one transfer is one row."""
    transfer(store, description)
    day = "2026-11-22"
    assert cell(store, "transfers", "valid", as_of=day) == [valid]
    if reason is not None:
        assert cell(store, "invalid-transfers", "reason", as_of=day) == reason


LAW_ROWS = """
law:stay ropa:member loc:GB ; ropa:union loc:EEA ;
    ropa:validFrom "1994-01-01"^^xsd:date ; ropa:endsOn "2020-12-31"^^xsd:date .
law:bridge ropa:member loc:GB ; ropa:union loc:EEA ;
    ropa:validFrom "2021-01-01"^^xsd:date ; ropa:endsOn "2021-06-27"^^xsd:date .
law:other-union ropa:member loc:JP ; ropa:union loc:EU ;
    ropa:validFrom "1994-01-01"^^xsd:date .
law:old a ropa:StandardClauses ; ropa:jurisdiction loc:EU ;
    ropa:transferTool eu-gdpr:A46-2-c ; ropa:validFrom "2010-05-15"^^xsd:date ;
    ropa:noNewFrom "2021-09-27"^^xsd:date ; ropa:endsOn "2022-12-27"^^xsd:date .
law:swiss a ropa:TransferInstrument ; ropa:jurisdiction loc:CH ; ropa:covers loc:US ;
    ropa:validFrom "2017-04-12"^^xsd:date .
ropa:OtherLaw a ropa:TransferFault ; skos:prefLabel "other law"@en .
ropa:TooLateForClauses a ropa:TransferFault ; skos:prefLabel "too late"@en .
"""
OLD = (
    "dpv:hasThirdCountry loc:US ; dpv:hasLegalBasis eu-gdpr:A46-2-c ; "
    "ropa:decision law:old"
)


@pytest.mark.parametrize(
    ("description", "day", "valid", "reason"),
    [
        # A country that counted as inside needs no tool, and none is missed.
        ("dpv:hasThirdCountry loc:GB", "2020-12-31", "true", None),
        ("dpv:hasThirdCountry loc:GB", "2021-01-01", "true", None),
        ("dpv:hasThirdCountry loc:GB", "2021-06-27", "true", None),
        ("dpv:hasThirdCountry loc:GB", "2021-06-28", "unknown", "no tool"),
        # Another union is not the European Economic Area.
        ("dpv:hasThirdCountry loc:JP", "2018-01-01", "unknown", "no tool"),
        # Clauses end for old contracts, and close for new ones before that.
        (OLD, "2010-05-14", "false", "not yet"),
        (OLD, "2010-05-15", "true", None),
        (OLD, "2022-12-27", "true", None),
        (OLD, "2022-12-28", "false", "no longer"),
        (
            OLD + ' ; ropa:concludedOn "2021-09-26"^^xsd:date',
            "2022-01-01",
            "true",
            None,
        ),
        (
            OLD + ' ; ropa:concludedOn "2021-09-27"^^xsd:date',
            "2022-01-01",
            "false",
            "too late",
        ),
        # What belongs to another law carries nothing here.
        (
            "dpv:hasThirdCountry loc:US ; dpv:hasLegalBasis eu-gdpr:A45-3 ; "
            "ropa:decision law:swiss",
            "2019-06-01",
            "false",
            "other law",
        ),
        # Beyond the last review nothing is known to hold.
        (OLD, "2026-11-23", "unknown", "no longer"),
        ("dpv:hasThirdCountry loc:GB", "2026-11-23", "unknown", "no tool"),
    ],
)
def test_a_transfer_is_judged_by_the_law_of_the_day(
    store: Store, description: str, day: str, valid: str, reason: str | None
) -> None:
    """Membership, bridge, clauses and other laws fall on their sides of each day."""
    law = URIRef("https://w3id.org/ropa-kg/law/invented")
    store.write({law: graph_of(LAW_ROWS)})
    transfer(store, f"{description} .")
    assert cell(store, "transfers", "valid", as_of=day) == [valid]
    reasons = cell(store, "invalid-transfers", "reason", as_of=day)
    assert reasons == ([reason] if reason else [])


def test_what_does_not_cover_the_destination_is_remarked(store: Store) -> None:
    """A decision in force for another country is told to be so."""
    store.write(
        {
            URIRef("https://w3id.org/ropa-kg/law/words"): graph_of(
                'ropa:DestinationNotCovered a ropa:LawRemark ; skos:notation "other" .'
                'ropa:InForce a ropa:LawState ; skos:notation "in force" .'
            )
        }
    )
    given = "dpv:hasLegalBasis eu-gdpr:A45-3 ; ropa:decision law:open ; "
    for country, remark in (("JP", ""), ("IN", "other")):
        transfer(store, f"{given} dpv:hasThirdCountry loc:{country} .")
        assert cell(store, "transfer-tools", "state", as_of=DAY) == ["in force"]
        assert cell(store, "transfer-tools", "remark", as_of=DAY) == [remark]


def test_a_contract_of_later_is_not_judged_before_it(store: Store) -> None:
    """On a day before the contract, that it came too late cannot be known."""
    law = URIRef("https://w3id.org/ropa-kg/law/invented")
    store.write({law: graph_of(LAW_ROWS)})
    transfer(store, OLD + ' ; ropa:concludedOn "2021-10-01"^^xsd:date .')
    assert cell(store, "transfers", "valid", as_of="2021-09-30") == ["true"]
    assert cell(store, "transfers", "valid", as_of="2021-10-01") == ["false"]


def test_an_entry_cannot_bring_a_country_inside(store: Store) -> None:
    """Only law says who is a member; what an entry states of it changes nothing."""
    transfer(
        store,
        "dpv:hasThirdCountry loc:US . <activities/firm/mailing#stay> ropa:member loc:US"
        ' ; ropa:union loc:EEA ; ropa:validFrom "1994-01-01"^^xsd:date .',
    )
    assert cell(store, "transfers", "valid", as_of="2019-01-01") == ["unknown"]
    assert cell(store, "invalid-transfers", "reason", as_of="2019-01-01") == ["no tool"]
    assert cell(store, "transfer-tools", "remark", as_of="2019-01-01") == [""]


def test_each_country_of_a_transfer_is_judged_alone(store: Store) -> None:
    """A decision for one country does not carry what goes to another."""
    transfer(
        store,
        "dpv:hasThirdCountry loc:JP , loc:US ; dpv:hasLegalBasis eu-gdpr:A45-3 ; "
        "ropa:decision law:open .",
    )
    table = ask(store, "transfers", as_of="2019-06-01")
    judged = {
        str(row[3]).rpartition("#")[2]: str(row[table.columns.index("valid")])
        for row in table.rows
    }
    assert judged == {"JP": "true", "US": "false"}
    assert cell(store, "us-transfers", "valid", as_of="2019-06-01") == ["false"]
    assert cell(store, "invalid-transfers", "country", as_of="2019-06-01") == [
        "https://w3id.org/dpv/loc#US"
    ]


def test_several_decisions_share_one_row(store: Store) -> None:
    """A transfer with two decisions is one row that names both, in order."""
    transfer(store, "dpv:hasThirdCountry loc:US ; ropa:decision law:short , law:open .")
    law = "https://w3id.org/ropa-kg/law/"
    assert cell(store, "transfers", "decision") == [f"{law}open; {law}short"]


@pytest.mark.parametrize(
    ("value", "special"),
    [
        ("pd:Picture", {"Picture": "false"}),
        ("pd:FacialPrint", {"FacialPrint": "true"}),
        ("pd:FacialExpression", {"FacialExpression": "false"}),
        ("<#own> . <#own> skos:broader pd:Biometric", {"Biometric": "true"}),
        (
            "<#own> . <#own> skos:broader pd:FacialExpression",
            {"FacialExpression": "false"},
        ),
        (
            "<#own> . <#own> skos:broader <#mien> ."
            " <#mien> skos:broader pd:FacialExpression",
            {"mien": "false"},
        ),
        (
            "<#own> . <#own> skos:broader pd:FacialExpression , pd:Fingerprint",
            {"FacialExpression": "false", "Fingerprint": "true"},
        ),
        (
            "<#own> . <#own> skos:broader <#both> ."
            " <#both> skos:broader pd:FacialExpression , pd:Biometric",
            {"both": "true"},
        ),
    ],
)
def test_a_term_reviewed_as_not_special_stops_the_way_up(
    store: Store, value: str, special: dict[str, str]
) -> None:
    """What lies below a facial expression is not special, though biometric is above.

    Source: GDPR Art. 9(1), biometric data for unique identification.
    """
    stated = f"""
    @prefix pd: <https://w3id.org/dpv/pd#> .
    <activities/firm/mailing> a dpv:PersonalDataProcess ;
        dct:isPartOf <companies/firm#record> ; dpv:hasPersonalData {value} .
    """
    pd = graph_of(assets.text("ontology", "pd.ttl"))
    store.write({ACTIVITY: graph_of(stated), URIRef(str(PD)): pd})
    everything = graph_of(RECORD) + graph_of(stated) + pd
    for name, column in (("personal-data", "special"), ("special-category-data", "")):
        text = asking.sparql(store, name)
        for table in (store.select(text).rows, everything.query(text)):
            # Columns 2 and 4 of the first question: category and special.
            found = {
                str(row[2]).rpartition("#")[2]: str(row[4]) if column else "true"  # type: ignore[index]
                for row in table
            }
            assert found == {
                category: word
                for category, word in special.items()
                if column or word == "true"
            }


@pytest.mark.parametrize(
    ("aside", "origin"),
    [(entry.inferred_graph, "inferred"), (entry.suggested_graph, "suggested")],
)
def test_inferred_and_suggested_rows_come_only_when_asked_for(
    store: Store, aside: Callable[[Node], URIRef], origin: str
) -> None:
    """What follows or is suggested is no claim of the company; claims=all marks it."""
    transfer(store, "dpv:hasThirdCountry loc:JP .")
    follows = """
    <activities/firm/mailing> dpv:hasProcessing <activities/firm/mailing#t2> ;
        dpv:hasRecipient <activities/firm/mailing#r2> ;
        dpv:hasLegalBasis eu-gdpr:A6-1-f .
    <activities/firm/mailing#t2> a dpv:CrossBorderTransfer ;
        dpv:hasThirdCountry loc:US .
    """
    store.write({aside(ACTIVITY): graph_of(follows)})
    for name in ("us-transfers", "legal-bases", "recipients"):
        assert ask(store, name).rows == []
        assert cell(store, name, "claim", claims="all") == [origin]
    assert len(ask(store, "transfers").rows) == 1
    assert set(cell(store, "transfers", "claim", claims="all")) == {origin, "stated"}


def test_free_query_gives_each_kind_of_answer(store: Store) -> None:
    """SELECT, ASK and CONSTRUCT come back as rows, a truth value and triples."""
    rows = asking.query(store, "SELECT ?n { ?c dpv:hasName ?n }")
    assert rows.kind == "select" and rows.table is not None
    assert rows.table.rows == [(Literal("Invented Firm"),)]
    truth = asking.query(store, "ASK { ?c a dpv:LegalEntity }")
    assert (truth.kind, truth.boolean) == ("ask", True)
    triples = asking.query(
        store, "CONSTRUCT { ?c dpv:hasName ?n } { ?c dpv:hasName ?n }"
    )
    assert triples.kind == "graph" and triples.graph is not None
    assert len(triples.graph) == 1


def test_free_query_is_cut_at_its_row_limit(store: Store) -> None:
    """A long answer is cut and says so."""
    answer = asking.query(store, "SELECT * { ?s ?p ?o }", max_rows=2)
    assert answer.table is not None
    assert (len(answer.table.rows), answer.truncated) == (2, True)


def test_free_query_that_is_wrong_is_told_where(store: Store) -> None:
    """A query that cannot be read names line and column; one that writes is refused."""
    with pytest.raises(QueryError) as caught:
        asking.query(store, "SELECT *\n{ ?s ?p }")
    assert caught.value.details["line"] == 2
    with pytest.raises(QueryError):
        asking.query(store, "DELETE WHERE { ?s ?p ?o }")


def test_free_query_that_explodes_is_ended(store: Store) -> None:
    """A query without end costs its time and no more."""
    patterns = " . ".join(f"?a{n} ?b{n} ?c{n}" for n in range(6))
    text = f"SELECT (COUNT(*) AS ?n) {{ {patterns} }}"
    with pytest.raises(LimitReached) as caught:
        asking.query(store, text, limits=bounded.Limits(seconds=1.5))
    assert caught.value.details["limit"] == "seconds"
