"""What is said of a word: meaning, place, fields, uses, and law on a day."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.term import Node

from ropa import explaining, lookup, revisions, rules, vocabulary
from ropa.errors import NotFound
from ropa.explanation import Explanation, Hit, Uses
from ropa.formats import explained
from ropa.register import Register
from ropa.served import Served
from ropa.store.base import Table
from ropa.terms import DCT, DPV, GDPR, LAW, LOC, PD, ROPA, SKOS, expand
from webui.server import bind

if TYPE_CHECKING:
    from ropa.findings import Report

BASE = "https://w3id.org/ropa-kg/data/"
SHIELD = LAW["eu-us-privacy-shield"]
NASTY = "Quotes \" ' and <script>alert(1)</script> {braces} \\ back"


def term(iri: URIRef, register: Register | None = None, **more: object) -> Explanation:
    """Explain one term in English."""
    return explaining.explain_term(iri, "en", register, **more)  # type: ignore[arg-type]


def titles(uses: Uses | None) -> set[str]:
    """Give the titles of the entries that are named."""
    assert uses is not None
    return {use.title.text for use in uses.shown}


# -- finding a word ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("dpv:Marketing", "dpv:Marketing"),
        ("Marketing", "dpv:Marketing"),
        ("https://w3id.org/dpv#Marketing", "dpv:Marketing"),
        ("legitimate interest", "dpv:LegitimateInterest"),
        ("  Legitimate   INTEREST ", "dpv:LegitimateInterest"),
        ("intérêt légitime", "dpv:LegitimateInterest"),
        ("interet legitime", "dpv:LegitimateInterest"),
        ("law:eu-us-privacy-shield", "law:eu-us-privacy-shield"),
        ("eu-us-privacy-shield", "law:eu-us-privacy-shield"),
        ("2016/1250", "law:eu-us-privacy-shield"),
        ("(EU) 2016/1250", "law:eu-us-privacy-shield"),
        ("C-311/18", "law:c-311-18"),
        ("purpose-missing", "purpose-missing"),
        ("us-transfers", "us-transfers"),
    ],
)
def test_a_name_finds_its_word(name: str, short: str) -> None:
    """Codes, short names, full ones, labels of either language, numbers."""
    assert [hit.short for hit in lookup.look_up(name, "en")] == [short]


def test_several_of_the_same_label_are_listed() -> None:
    """A label that two words have is not decided for the reader."""
    hits = lookup.look_up("contrat", "fr")
    assert {hit.short for hit in hits} >= {"dpv:Contract", "ropa:contract"}
    assert all(hit.label.text and hit.label.lang == "fr" for hit in hits)
    text = explained.as_text(hits, "fr")
    for hit in hits:
        assert hit.short in text
    assert hits[0].says.text[:20] in text


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("DPO", "dpv:DataProtectionOfficer"),
        ("DPD", "dpv:DataProtectionOfficer"),
        ("GDPR", "law:gdpr"),
        ("RGPD", "law:gdpr"),
        ("Schrems I", "law:c-362-14"),
        ("Schrems II", "law:c-311-18"),
        ("Schrems 2", "law:c-311-18"),
        ("Latombe", "law:t-553-23"),
        ("Planet49", "law:c-673-17"),
        ("SCHUFA", "law:c-634-21"),
        ("Fashion ID", "law:c-40-17"),
        ("Mousse", "law:c-394-23"),
        ("KNLTB", "law:c-621-22"),
        ("Lindenapotheke", "law:c-21-23"),
        ("Österreichische Post", "law:c-154-21"),
        ("ePrivacy", "law:directive-2002-58"),
        ("DPF", "law:eu-us-dpf"),
        ("Safe Harbor", "law:safe-harbour"),
        ("Privacy Shield", "law:eu-us-privacy-shield"),
        ("IDTA", "law:uk-idta"),
        ("adequacy", "eu-gdpr:AdequacyDecision"),
        ("adéquation", "eu-gdpr:AdequacyDecision"),
        ("SCC", "eu-gdpr:StandardContractualClauses"),
        ("CCT", "eu-gdpr:StandardContractualClauses"),
        ("BCR", "eu-gdpr:BindingCorporateRules"),
        ("TIA", "dpv:DataTransferImpactAssessment"),
        ("DPIA", "dpv:DPIA"),
        ("AIPD", "dpv:DPIA"),
        ("LIA", "dpv:LegitimateInterestAssessment"),
        ("ROPA", "dpv:ROPA"),
        ("registre des traitements", "dpv:ROPA"),
        ("DSAR", "eu-gdpr:A15"),
        ("right to be forgotten", "eu-gdpr:A17"),
        ("droit à l'oubli", "eu-gdpr:A17"),
        ("portabilité", "eu-gdpr:A20"),
        ("consent", "dpv:Consent"),
        ("contrat", "dpv:Contract"),
        ("legitimate interests", "eu-gdpr:A6-1-f"),
        ("intérêts légitimes", "eu-gdpr:A6-1-f"),
        ("base légale", "dpv:LegalBasis"),
        ("cookie", "ropa:Cookie"),
        ("IP", "pd:IPAddress"),
        ("NIR", "ropa:NationalNumber"),
        ("social security number", "ropa:NationalNumber"),
        ("health data", "pd:Health"),
        ("sensitive data", "dpv:SensitiveData"),
        ("données sensibles", "dpv:SensitiveData"),
        ("sub-processor", "dpv:DataSubProcessor"),
        ("subprocessor", "dpv:DataSubProcessor"),
        ("sous-traitant ultérieur", "dpv:DataSubProcessor"),
        ("joint controllership", "dpv:JointDataControllers"),
        ("CNIL", "law:authority-fr-cnil"),
        ("BfDI", "law:authority-de-bfdi"),
        ("AEPD", "law:authority-es-aepd"),
        ("Garante", "law:authority-it-garante"),
        ("AP", "law:authority-nl-ap"),
        ("DPC", "law:authority-ie-dpc"),
        ("IMY", "law:authority-se-imy"),
        ("ICO", "law:authority-gb-ico"),
        ("EDPS", "law:authority-eu-edps"),
        ("CEPD", "law:authority-eu-edps"),
        ("UK", "loc:GB"),
    ],
)
def test_an_everyday_name_finds_what_is_meant(name: str, short: str, lang: str) -> None:
    """Abbreviations and nicknames, in any case, whatever language is spoken."""
    assert lookup.look_up(name, lang)[0].short == short
    assert lookup.look_up(name.lower(), lang)[0].short == short
    assert lookup.search(name, lang)[0].short == short


@pytest.mark.parametrize(
    ("name", "shorts"),
    [
        ("DPA", {"dpv:DataProcessingAgreement", "dpv:DataProtectionAuthority"}),
        (
            "Brexit",
            {
                "law:membership-eu-gb",
                "law:membership-eea-gb",
                "law:transition-gb",
                "law:bridge-gb",
            },
        ),
        ("sensitive data", {"dpv:SensitiveData", "dpv:SpecialCategoryPersonalData"}),
        ("contract", {"dpv:Contract", "ropa:contract", "eu-gdpr:A6-1-b"}),
        (
            "joint controllers",
            {
                "dpv:JointDataControllers",
                "dpv:hasJointDataControllers",
                "ropa:fact-joint-controllers",
            },
        ),
        ("CNPD", {"law:authority-lu-cnpd", "law:authority-pt-cnpd"}),
        ("HR", {"dpv:HumanResourceManagement", "loc:HR"}),
        ("Schrems", {"law:c-362-14", "law:c-311-18"}),
        ("Meta", {"law:c-252-21", "vendor:meta"}),
    ],
)
def test_a_name_of_several_lists_them_all(name: str, shorts: set[str]) -> None:
    """Where a name is meant in two ways, the reader decides."""
    assert {hit.short for hit in lookup.look_up(name, "en")} == shorts


def test_other_names_are_told_and_a_slip_in_one_is_answered() -> None:
    """The page of the officer says DPO; a misspelt nickname leads to its case."""
    said = [
        (name.text, name.lang) for name in term(DPV.DataProtectionOfficer).other_names
    ]
    assert {("DPO", "en"), ("DPD", "fr")} <= set(said)
    assert lookup.nearest("Lindenapoteke") == ["law:c-21-23"]


def test_words_of_a_definition_find_the_term() -> None:
    """What only the definition says is found as well, after the names."""
    hits = lookup.search("known and wanted", "en")
    assert "dpv:Marketing" in [hit.short for hit in hits]
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("dpv:Marketng", "dpv:Marketing"),
        ("law:eu-us-privacy-sheild", "law:eu-us-privacy-shield"),
        ("eu-us-privacy-sheild", "law:eu-us-privacy-shield"),
        ("purpose-mising", "purpose-missing"),
        ("us-tranfers", "us-transfers"),
        ("intérêt légitme", "dpv:LegitimateInterest"),
    ],
)
def test_a_slip_is_answered_with_what_is_near(name: str, near: str) -> None:
    """Among terms, law, rules and questions alike."""
    with pytest.raises(NotFound) as caught:
        lookup.look_up(name, "en")
    assert near in caught.value.details["nearest"]
    assert near in caught.value.hint


@pytest.mark.parametrize(
    "name",
    ["", "   ", NASTY, "x" * 100_000, "dpv:", ":", "law:-", "\x00", "http://[", "?x }"],
)
def test_any_text_is_refused_in_words(name: str) -> None:
    """Quotes, markup, very long and empty names are unknown, and nothing breaks."""
    with pytest.raises(NotFound) as caught:
        lookup.look_up(name, "en")
    assert len(caught.value.message) < 300


# -- what is said --------------------------------------------------------------------


def test_a_term_says_meaning_place_and_fields() -> None:
    """Definition, the way up to the top, what is narrower, the field that takes it."""
    said = term(DPV.DirectMarketing)
    words = vocabulary.load()
    assert said.definition is not None
    assert said.definition.text == words.definition(DPV.DirectMarketing, "en")
    assert [[step.short for step in path] for path in said.paths] == [
        ["dpv:Purpose", "dpv:Marketing"]
    ]
    fields = {(one.field.text, one.way.short) for one in said.said_with}
    assert fields == {("Kind of purpose", "skos:broader")}
    assert said.said_with[0].below
    assert [value.short for value in said.said_with[0].values] == ["dpv:Purpose"]
    above = term(DPV.Marketing)
    assert "dpv:DirectMarketing" in [one.short for one in above.below]


def test_each_language_is_spoken() -> None:
    """Labels, definitions and fields are in the language asked for."""
    french = explaining.explain_term(DPV.Purpose, "fr")
    assert french.label.text == "Finalité"
    assert ("Purpose", "en") in [(n.text, n.lang) for n in french.other_names]
    assert french.definition is not None and french.definition.lang == "fr"
    assert "Base juridique" in [one.field.text for one in french.said_with]
    assert {one.label.lang for one in french.below} == {"fr"}
    notes = explaining.explain_term(SHIELD, "fr").notes
    assert [note.lang for note in notes] == ["fr"]


def test_a_property_says_where_it_belongs_and_which_rules_watch_it() -> None:
    """On which things, how often, under which article; the rules by their codes."""
    said = term(DPV.hasPurpose)
    assert said.kind == "property"
    assert "dpv:PersonalDataProcess" in [
        thing.short for one in said.said_with for thing in one.things
    ]
    assert said.said_with[0].repeated
    assert "purpose-missing" in [rule.code for rule in said.rules]
    known = rules.rule("purpose-missing")
    assert said.said_with[0].article == known.article


def test_a_choice_is_listed() -> None:
    """A field of few values lists them; a value of it names the field."""
    said = term(ROPA.Draft)
    (one,) = [s for s in said.said_with if len(s.values) > 1]
    assert not one.below and not one.repeated
    assert "ropa:Draft" in [value.short for value in one.values]


def test_a_class_says_its_fields() -> None:
    """The fields of a class are those of its form."""
    said = term(DPV.StorageCondition)
    assert said.kind in {"class", "term"}
    ways = {one.way.iri for one in said.said_with}
    assert {ROPA.period, ROPA.startEvent} <= ways


def test_a_list_names_its_terms() -> None:
    """A list of terms is no dead end."""
    said = term(expand("dpv:purposes-classes"))
    (fact,) = [f for f in said.named_by if f.way.iri == SKOS.inScheme]
    assert DPV.Marketing in [v.iri for v in fact.values if not isinstance(v, Literal)]


def test_several_ways_up_are_all_told() -> None:
    """A term below two others has a path through each."""
    said = term(GDPR["A6-1-f-controller"])
    assert {path[-1].short for path in said.paths} == {
        "dpv:LegitimateInterestOfController",
        "eu-gdpr:A6-1-f",
    }
    assert said.article == "GDPR Art. 6(1)(f)"
    assert str(said.sources[0]).endswith("art_6/par_1/pnt_f/oj")


def test_a_circle_in_a_hierarchy_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Terms above each other do not hang the reader."""
    one, two = DPV.Marketing, DPV.Advertising
    circle = vocabulary.Vocabulary(
        [(one, SKOS.broader, two), (two, SKOS.broader, one),
         (one, SKOS.prefLabel, Literal("One", lang="en")),
         (two, SKOS.prefLabel, Literal("Two", lang="en"))]
    )  # fmt: skip
    monkeypatch.setattr(vocabulary, "load", lambda: circle)
    said = explaining.explain_term(one, "en")
    assert [step.short for step in said.below] == ["dpv:Advertising"]


# -- uses ----------------------------------------------------------------------------


def test_a_term_used_itself_and_through_narrower_ones(register: Register) -> None:
    """Both are counted, apart, with the entry, its company and the part."""
    said = term(DPV.Marketing, register, most=50)

    def holders(kinds: set[URIRef]) -> set[tuple[str, str]]:
        found = register.select(
            "SELECT ?a WHERE { ?a dpv:hasPurpose ?p . ?p skos:broader ?kind "
            f"VALUES ?kind {{ {' '.join(kind.n3() for kind in kinds)} }} }}"
        )
        parts = [str(row[0]).split("/") for row in found.rows]
        # A record, which may have purposes of its own, is a part of its company.
        return {(p[-2], p[-1].partition("#")[0]) for p in parts}

    itself = holders({DPV.Marketing})
    under = vocabulary.load().narrower(DPV.Marketing) - {DPV.Marketing}
    through = holders(under)
    assert itself and through

    def places(uses: Uses | None) -> set[tuple[str, str]]:
        assert uses is not None
        assert uses.total == len(uses.shown)
        parts = [str(use.iri).split("/") for use in uses.shown]
        return {(p[-2], p[-1]) for p in parts}

    assert places(said.uses) == itself
    assert places(said.uses_below) == through
    assert said.uses is not None
    assert all(use.parts for use in said.uses.shown)
    # A company itself belongs to none.
    assert all(use.company for use in said.uses.shown if "/activities/" in use.iri)


def test_an_own_term_counts_where_it_is_named(register: Register) -> None:
    """Data of a company stand on its record; activities that name them use the kind."""
    said = term(PD.EmailAddress, register, most=50)
    own = register.select(
        "SELECT DISTINCT ?entry WHERE { ?own skos:broader pd:EmailAddress . "
        "?entry a dpv:PersonalDataProcess ; dpv:hasPersonalData ?own }"
    )
    assert own.rows
    assert said.uses is not None
    assert {row[0] for row in own.rows} <= {use.iri for use in said.uses.shown}


def test_an_unused_term_says_so(register: Register) -> None:
    """Nothing is counted from vocabulary, findings or changes."""
    used = {str(o) for e in register.graphs() if str(e).startswith(BASE)
            for o in register.graph(e).objects()}  # fmt: skip
    unused = next(
        iri for iri in PD if str(iri) not in used and not vocabulary.load().below(iri)
    )
    said = term(unused, register)
    assert said.uses is not None and said.uses_below is not None
    assert said.uses.total == said.uses_below.total == 0
    assert "Used in no entry" in explained.as_text(said, "en")


def test_uses_are_bounded_but_counted(register: Register) -> None:
    """Few are named, all are counted, and the query lists the same number."""
    said = term(DPV.hasPurpose, register, most=3)
    assert said.uses is not None
    assert len(said.uses.shown) == 3
    every = register.select(said.uses.query)
    assert said.uses.total == len(every.rows) > 3
    counted = register.select(
        "SELECT DISTINCT ?entry WHERE { ?entry dpv:hasPurpose ?p }"
    )
    assert said.uses.total == len(counted.rows)
    assert f"and {said.uses.total - 3} more" in explained.as_text(said, "en")


def test_what_is_said_to_be_absent_is_no_use(register: Register) -> None:
    """A denied value is told as denied, not as used."""
    said = term(DPV.SellDataToThirdParties, register, most=50)
    assert said.uses is not None
    assert URIRef(BASE + "companies/wpo") not in {u.iri for u in said.uses.shown}
    assert "ropa:Denied" in [state.short for state, _ in said.silent]


def test_nasty_names_stay_text(fresh_register: Register) -> None:
    """Quotes, braces and markup in a title come out as they went in."""
    entry = URIRef(BASE + "activities/wpo/marketing")
    graph = Graph()
    graph += fresh_register.read(entry)
    graph.set((entry, DCT.title, Literal(NASTY, lang="en")))
    fresh_register.add(graph, author="Ada", replaces=revisions.ANY)
    assert NASTY in titles(term(DPV.PersonalDataProcess, fresh_register, most=99).uses)


def test_without_a_register_the_words_remain() -> None:
    """No register, no uses: the meaning is told all the same."""
    said = term(DPV.Marketing)
    assert said.uses is None and said.uses_below is None
    assert "Used" not in explained.as_text(said, "en")
    assert said.definition is not None


# -- law on a day --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "state", "remark"),
    [
        ("2015-06-01", "ropa:Upcoming", None),
        ("2019-06-01", "ropa:InForce", "ropa:LaterDeclaredInvalid"),
        ("2021-06-01", "ropa:DeclaredInvalid", None),
    ],
)
def test_a_decision_on_three_days(
    register: Register, day: str, state: str, remark: str | None
) -> None:
    """Not yet, in force, declared invalid: as the question on law answers."""
    said = term(SHIELD, register, as_of=date.fromisoformat(day))
    words = vocabulary.load()
    assert said.standing is not None
    assert said.standing.state.text == words.label(expand(state), "en")
    labels = [one.text for one in said.standing.remarks]
    if remark:
        assert words.label(expand(remark), "en") in labels
    assert day in explained.as_text(said, "en")
    assert "law:c-311-18" in [case.judgment.short for case in said.cases]
    assert ROPA.concerns not in [f.way.iri for f in said.named_by], "told twice"
    covered = [f for f in said.facts if f.way.iri == ROPA.covers]
    assert [v.iri for v in covered[0].values if not isinstance(v, Literal)] == [LOC.US]


def test_the_state_is_the_answer_of_the_question() -> None:
    """Nothing about law is worked out here: what the question says is told."""

    class Oracle:
        def ask(self, name: str, **_: object) -> Table:
            columns = {"law": "provision", "judgments": "judgment"}
            rows: list[tuple[Node | None, ...]] = [(SHIELD, Literal("in force"), None)]
            return Table(
                [columns[name], "state", "remark"], rows if name == "law" else []
            )

        def select(self, text: str) -> Table:
            return Table(["n"], [(Literal(0),)] if "COUNT(?entry)" in text else [])

        def check(self, *_: object, **__: object) -> Report:
            raise NotImplementedError

    said = explaining.explain_term(SHIELD, "fr", Oracle(), as_of=date(2021, 1, 1))
    assert said.standing is not None
    assert said.standing.notations == ("in force",)
    assert said.standing.state.text == vocabulary.load().label(ROPA.InForce, "fr")


def test_a_transfer_that_names_a_decision_is_told(register: Register) -> None:
    """The one transfer of the examples, with its company and the part."""
    said = term(SHIELD, register)
    assert said.uses is not None and said.uses.total == 1
    assert said.uses.shown[0].iri == URIRef(BASE + "companies/wpo")
    assert "HubSpot" in said.uses.shown[0].parts[0].label.text


def test_a_judgment_says_its_state_and_what_it_concerns(register: Register) -> None:
    """Decided by the day asked for, about the decision that fell."""
    said = term(LAW["c-311-18"], register, as_of=date(2021, 6, 1))
    assert said.standing is not None
    assert said.standing.state.text == "Decided"
    (fact,) = [f for f in said.facts if f.way.iri == ROPA.concerns]
    assert SHIELD in [v.iri for v in fact.values if not isinstance(v, Literal)]


# -- rules and questions -------------------------------------------------------------


def test_a_rule_counts_its_findings(register: Register) -> None:
    """As many findings, in as many entries, as the question on findings gives."""
    rows = [r for r in register.ask("findings").rows if str(r[2]) == "purpose-missing"]
    said = explaining.explain_rule("purpose-missing", "en", register, most=50)
    assert said.finding_total == len(rows) > 0
    assert said.findings is not None
    assert said.findings.total == len({(r[0], r[1]) for r in rows})
    text = explained.as_text(said, "en")
    assert rules.rule("purpose-missing").article in text
    assert "{" not in text


def test_a_question_says_what_it_takes() -> None:
    """Parameters, columns, and where the answer is seen."""
    said = explaining.explain_question("us-transfers", "en")
    assert "as_of" in said.parameters
    text = explained.as_text(said, "en")
    assert "ropa ask us-transfers" in text
    assert "/questions/us-transfers" in text


EVERY_KIND = [
    "dpv:Marketing",
    "dpv:hasPurpose",
    "ropa:Claim",
    "law:c-311-18",
    "purpose-missing",
    "us-transfers",
    "eu-gdpr:A6-1-f",
    "loc:FR",
]


@pytest.mark.parametrize("name", EVERY_KIND)
@pytest.mark.parametrize("lang", ["en", "fr"])
def test_values_and_text_hold_the_same(name: str, lang: str) -> None:
    """The JSON is plain and has what the text says first."""
    said = explaining.explain(name, lang)
    assert isinstance(said, Explanation)
    values = json.loads(json.dumps(explained.as_values(said)))
    assert values["label"]["text"] == said.label.text
    assert values["short"] in explained.as_text(said, lang).splitlines()[0]


def test_the_frame_is_spoken_in_both_languages() -> None:
    """No heading of the text stays English on a French terminal."""
    said = explaining.explain_term(DPV.hasPurpose, "fr")
    said = replace(said, uses=Uses(), uses_below=Uses())
    text = explained.as_text(said, "fr")
    for english in ("Used", "May be said", "Rules", "several", "Also:", "Kind"):
        assert english not in text
    assert "Employé dans aucune entrée" in text


def test_hits_are_plain_values_too() -> None:
    """A list of hits has its own key."""
    hits: list[Hit] = lookup.look_up("contrat", "fr")
    values = explained.as_values(hits)
    assert [hit["short"] for hit in values["hits"]] == [hit.short for hit in hits]


def test_terms_of_the_vocabulary_alone_are_explained() -> None:
    """An unknown term of a known namespace is refused with what is near."""
    with pytest.raises(NotFound) as caught:
        term(URIRef("https://w3id.org/dpv#Purpse"))
    assert "dpv:Purpose" in caught.value.details["nearest"]


# -- through a running server --------------------------------------------------------


@pytest.fixture(scope="module")
def behind(register: Register) -> Iterator[Served]:
    """The same register through a server of its own."""
    register.refresh_findings()
    with bind(register, "127.0.0.1", 0) as server:
        threading.Thread(target=server.run, daemon=True).start()
        with Served(server.url) as found:
            yield found


@pytest.mark.parametrize(
    "name",
    ["dpv:Marketing", "dpv:hasPurpose", "dpv:PersonalData", "law:eu-us-privacy-shield",
     "law:c-311-18", "purpose-missing", "us-transfers", "contrat"],
)  # fmt: skip
def test_a_server_explains_alike(register: Register, behind: Served, name: str) -> None:
    """Uses, law and findings are the same through its endpoint as here."""
    here = explaining.explain(name, "en", register)
    assert explained.as_values(behind.explain(name)) == explained.as_values(here)
