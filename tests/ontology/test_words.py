"""What every term must have: labels, a definition, a source, a place."""

import re
from collections import Counter
from pathlib import Path

import pytest
from rdflib import Graph
from rdflib.term import Literal, URIRef

from ropa import assets, law, terms, vocabulary
from ropa.errors import UnknownTerm
from ropa.syntax import Syntax, parse
from ropa.terms import DCT, DPV, GDPR, LAW, PD, PREFIXES, RDF, ROPA, SKOS, VENDOR
from ropa.vocabulary import folded

PROLOGUE = "".join(f"PREFIX {p}: <{ns}>\n" for p, ns in PREFIXES.items())
FILES = assets.names("ontology", ".ttl")
CURIE = re.compile(
    r"(?<![\w/#<:-])(dpv|eu-gdpr|pd|loc|legal-eu|ropa|law):([A-Za-z][\w-]*)"
)


@pytest.fixture(scope="module")
def graph() -> Graph:
    """Give ontology and law as one graph."""
    return vocabulary.load().graph


def ask(graph: Graph, query: str) -> list[str]:
    """Give the first column of a query as text."""
    return [terms.curie(str(row[0])) for row in graph.query(PROLOGUE + query)]  # type: ignore[index]


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("space", terms.CLOSED, ids=lambda s: s.prefix)
def test_every_term_has_one_label_in_each_language(
    graph: Graph, space: terms.ClosedNamespace, lang: str
) -> None:
    """No term is shown by its IRI, and none has two names."""
    labels = Counter(
        s for s, o in graph.subject_objects(SKOS.prefLabel) if o.language == lang
    )
    assert [terms.curie(t) for t in space if labels[t] != 1] == []


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_every_own_term_has_one_definition_in_each_language(
    graph: Graph, lang: str
) -> None:
    """What we coined we explain, in both languages."""
    texts = Counter(
        s for s, o in graph.subject_objects(SKOS.definition) if o.language == lang
    )
    assert [terms.curie(t) for t in ROPA if texts[t] != 1] == []


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("space", [DPV, GDPR, PD], ids=lambda s: s.prefix)
def test_every_term_taken_over_is_defined_in_our_words(
    graph: Graph, space: terms.ClosedNamespace, lang: str
) -> None:
    """Each DPV term has one definition in each language; a list needs its name only."""
    texts = Counter(
        s for s, o in graph.subject_objects(SKOS.definition) if o.language == lang
    )
    lists = set(graph.subjects(RDF.type, SKOS.ConceptScheme))
    assert [terms.curie(t) for t in space if t not in lists and texts[t] != 1] == []


@pytest.mark.parametrize("space", terms.CLOSED, ids=lambda s: s.prefix)
def test_every_term_names_its_source(
    graph: Graph, space: terms.ClosedNamespace
) -> None:
    """An article, a standard, or the version of DPV that a term was taken from."""
    assert [terms.curie(t) for t in space if (t, DCT.source, None) not in graph] == []


def test_every_own_term_has_a_source_and_a_type(graph: Graph) -> None:
    """Each of our terms rests on an article or a standard."""
    missing = ask(
        graph,
        """SELECT ?term WHERE {
          ?term skos:prefLabel ?label .
          FILTER(STRSTARTS(STR(?term), STR(ropa:)))
          FILTER(!EXISTS { ?term dct:source ?source . FILTER(isIRI(?source)) }
            || !EXISTS { ?term a ?type }
            || !EXISTS { ?term rdfs:isDefinedBy <https://w3id.org/ropa-kg/ontology> })
        }""",
    )
    assert missing == []


def test_every_answer_word_is_given_once(graph: Graph) -> None:
    """Each individual has one notation, unlike those beside it."""
    rows = [
        (scheme, str(notation), term)
        for term, notation in graph.subject_objects(SKOS.notation)
        for scheme in graph.objects(term, SKOS.inScheme)
    ]
    assert len({row[:2] for row in rows}) == len(rows)
    expected = {
        ROPA.Stated: "stated",
        ROPA.Partial: "partial",
        ROPA.Denied: "denied",
        ROPA.NotStated: "not stated",
        ROPA.NotApplicable: "not applicable",
        ROPA.Inferred: "inferred",
        ROPA.Suggested: "suggested",
        ROPA.Granted: "granted",
        ROPA.PartlyGranted: "partial",
        ROPA.Refused: "denied",
    }
    for term, word in expected.items():
        assert list(graph.objects(term, SKOS.notation)) == [Literal(word)]


def test_definitions_are_sentences_without_a_stop(graph: Graph) -> None:
    """A definition starts with a capital or figure and has no final stop."""
    bad = [
        terms.curie(str(s))
        for s, o in graph.subject_objects(SKOS.definition)
        if not re.match(r"[A-ZÀÂÉÊÎÔŒ0-9]", str(o)) or str(o).endswith(".")
    ]
    assert bad == []


def test_every_text_has_a_language_and_no_space_too_many(graph: Graph) -> None:
    """Texts for people say which language they are in."""
    for property_ in (SKOS.prefLabel, SKOS.definition, SKOS.note, ROPA.scope):
        for s, o in graph.subject_objects(property_):
            assert o.language in {"en", "fr"}, s
            assert str(o) == " ".join(str(o).split()), s


def test_every_other_name_has_a_language_and_is_new(graph: Graph) -> None:
    """Abbreviations and nicknames are told once, and never repeat the label."""
    own = {"en", "fr"}
    for s, o in graph.subject_objects(SKOS.altLabel):
        # What a company is called is no word of a language, and may end in "Inc.".
        if s in VENDOR:
            continue
        # Authorities also bear the names that their own country gives them.
        known = own if (s, RDF.type, DPV.DataProtectionAuthority) not in graph else None
        assert o.language and (known is None or o.language in known), (s, o)
        assert str(o) == " ".join(str(o).split()), (s, o)
        assert "'" not in o and not o.endswith("."), (s, o)
    for s in set(graph.subjects(SKOS.altLabel)):
        assert isinstance(s, URIRef)
        others = [folded(str(o)) for o in graph.objects(s, SKOS.altLabel)]
        labels = {folded(str(o)) for o in graph.objects(s, SKOS.prefLabel)}
        assert labels, s
        assert len(others) == len(set(others)), s
        assert labels.isdisjoint(others), s


def test_a_label_is_no_other_name_beside_it_unless_meant(graph: Graph) -> None:
    """Within one vocabulary, a name leads to two terms only where both are meant."""
    labelled: dict[tuple[str, str], set[URIRef]] = {}
    for s, o in graph.subject_objects(SKOS.prefLabel):
        space = terms.curie(str(s)).partition(":")[0]
        labelled.setdefault((space, folded(str(o))), set()).add(s)
    shared = set()
    for s, o in graph.subject_objects(SKOS.altLabel):
        space, _, local = terms.curie(str(s)).partition(":")
        for other in labelled.get((space, folded(str(o))), ()):
            shared.add((local, terms.curie(str(other)).partition(":")[2]))
    assert shared == {
        ("DataProtectionAuthority", "hasAuthority"),
        ("JointDataControllers", "hasJointDataControllers"),
        ("PersonalData", "hasPersonalData"),
        ("SpecialCategoryPersonalData", "SensitiveData"),
    }


@pytest.mark.parametrize(
    "place",
    [("ontology", name) for name in FILES] + [("data", name) for name in law.files()],
    ids=lambda place: place[1],
)
def test_other_names_stand_after_the_label_in_order(
    place: tuple[assets.Room, str],
) -> None:
    """By language, then by name, so that one is found and missed at a glance."""
    text = assets.text(*place)
    after = re.findall(r"skos:prefLabel [^;]*;\n    skos:altLabel ([^;]*) ;\n", text)
    assert len(after) == text.count("\n    skos:altLabel ")
    for names in after:
        found = re.findall(r'"([^"]*)"@([a-z]+)', names)
        assert found == sorted(found, key=lambda one: one[::-1])


def test_no_term_is_an_orphan(graph: Graph) -> None:
    """Whatever stands above a term, in a list or beside it, exists."""
    missing = ask(
        graph,
        """SELECT DISTINCT ?target WHERE {
          ?term skos:broader|skos:inScheme|skos:member|rdfs:subClassOf
            |rdfs:subPropertyOf|owl:disjointWith|owl:differentFrom|rdfs:domain
            |rdfs:range|ropa:covers|ropa:member|ropa:union|ropa:concerns|ropa:endedBy
            |ropa:dataRegime|ropa:indicatedBy|owl:hasValue|owl:someValuesFrom
            |((owl:members|owl:distinctMembers|owl:oneOf)/rdf:rest*/rdf:first) ?target .
          FILTER NOT EXISTS { ?target skos:prefLabel ?label }
          FILTER(isIRI(?target) && ?target != owl:Thing)
          FILTER(!STRSTARTS(STR(?target), STR(xsd:)))
        }""",
    )
    assert missing == []


def test_no_term_stands_above_itself(graph: Graph) -> None:
    """The hierarchy has no cycle."""
    assert ask(graph, "SELECT ?t WHERE { ?t skos:broader+ ?t }") == []


@pytest.mark.parametrize("name", FILES)
def test_no_iri_of_an_ontology_file_is_misspelt(name: str) -> None:
    """Every subject, property and value of a governed namespace is a term."""
    for quad in parse(assets.text("ontology", name), Syntax.TURTLE):
        for term in quad[:3]:
            space = terms.namespace_of(str(term)) if isinstance(term, URIRef) else None
            if space is not None and str(term) != str(space):
                assert term in space or str(term).startswith("http"), term
                local = str(term)[len(str(space)) :]
                assert local in space.names() or space.prefix == "legal-eu", term


@pytest.mark.parametrize("name", FILES)
def test_one_block_a_subject(name: str) -> None:
    """Files keep the house style that the quick reading of names relies on."""
    text = assets.text("ontology", name)
    subjects = {quad[0] for quad in parse(text, Syntax.TURTLE)}
    named = {term for term in subjects if isinstance(term, URIRef)}
    heads = re.findall(r"^([a-z][\w-]*:[\w-]+|<[^>]+>)\s", text, re.MULTILINE)
    assert len(heads) == len(set(heads)) == len(named)


def _used(tree: Path) -> dict[str, set[str]]:
    """Collect the short names that data, shapes and questions use, with the files."""
    used: dict[str, set[str]] = {}
    paths = [*tree.glob("data/**/*.ttl"), *tree.glob("shapes/*.ttl")]
    for path in [*paths, *tree.glob("ropa/queries/*.rq")]:
        text = re.sub(r'"(?:[^"\\]|\\.)*"', "", path.read_text(encoding="utf-8"))
        for prefix, local in CURIE.findall(text):
            used.setdefault(f"{prefix}:{local}", set()).add(path.name)
    return used


def test_every_term_in_use_is_known_and_explained(tree: Path) -> None:
    """Data, shapes and questions use no term that is misspelt or has no definition."""
    words = vocabulary.load()
    wrong = []
    # The faulty example is there to be found faulty.
    for short, files in _used(tree).items():
        try:
            iri = terms.expand(short)
        except UnknownTerm:
            if files - {"faulty-activity.ttl", "faulty.ttl"}:
                wrong.append((short, files))
            continue
        if iri in LAW:
            known = words.is_known(iri)
        else:
            above = words.broader(iri) if not short.startswith("loc:") else {iri}
            known = short.startswith("loc:") or all(map(words.definition, above))
        if not known:
            wrong.append((short, files))
    assert wrong == []


def test_bases_rights_and_tools_are_explained_with_their_article(graph: Graph) -> None:
    """Every basis, right and transfer tool cites its article and has a definition."""
    lists = (
        "legal-basis-classes",
        "legal-basis-special-classes",
        "legal-basis-data-transfer-classes",
        "rights-classes",
    )
    for name in lists:
        members = set(graph.subjects(SKOS.inScheme, URIRef(str(GDPR) + name)))
        assert len(members) >= 10
        for term in members:
            if re.match(r"A\d", str(term)[len(str(GDPR)) :]):
                assert (term, ROPA.article, None) in graph, term
                assert (term, SKOS.definition, None) in graph, term


def test_an_article_of_the_gdpr_and_its_address_agree(graph: Graph) -> None:
    """The article that a term shows is the one that its address opens."""
    start = "http://data.europa.eu/eli/reg/2016/679/art_"
    for term in GDPR:
        for article in graph.objects(term, ROPA.article):
            number = str(article).removeprefix("GDPR Art. ").partition(",")[0]
            paths = re.sub(r"\((\d+)\)", r"/par_\1", number)
            paths = re.sub(r"\(([a-z])\)", r"/pnt_\1", paths)
            assert URIRef(f"{start}{paths}/oj") in set(
                graph.objects(term, DCT.source)
            ), term


def test_the_rights_that_records_answer_for(graph: Graph) -> None:
    """The question on rights goes through those that a notice mentions, Art. 13(2)."""
    found = set(graph.objects(ROPA.rights, SKOS.member))
    names = ["A15", "A16", "A17", "A18", "A20", "A21", "A22", "A7-3", "A77"]
    assert found == {GDPR[name] for name in names}


def test_the_reviewed_list_of_special_categories(graph: Graph) -> None:
    """Art. 9 data is flagged by our list: ethnicity is, a facial expression is not."""
    true = Literal(True)
    flagged = set(graph.subjects(ROPA.isSpecialCategory, true))
    assert len([term for term in flagged if term in PD]) == 32
    general = {GDPR.HealthData, GDPR.GeneticData, GDPR.BiometricData}
    assert flagged - set(PD) == general | {DPV.SpecialCategoryPersonalData}
    assert {PD.Ethnicity, PD.Health, PD.TradeUnionMembership, PD.Fingerprint} <= flagged
    for name in ("FacialExpression", "Criminal", "Nationality", "Gender", "Picture"):
        assert PD[name] not in flagged
    # Said expressly, with its reason: it lies below biometric data.
    assert set(graph.subjects(ROPA.isSpecialCategory, Literal(False))) == {
        PD.FacialExpression
    }
    assert len(set(graph.objects(PD.FacialExpression, SKOS.note))) == 2
    criminal = set(graph.subjects(ROPA.dataRegime, ROPA.CriminalDataRegime))
    assert criminal == {PD[n] for n in PD.names() if n.startswith("Criminal")}


def test_what_lies_below_a_special_category_is_special_too(graph: Graph) -> None:
    """No narrower term of a flagged one was forgotten, but for the one left out."""
    flagged = set(graph.subjects(ROPA.isSpecialCategory, Literal(True)))
    below = {
        s for s, o in graph.subject_objects(SKOS.broader) if o in flagged
    } - flagged
    assert below == {PD.FacialExpression}


def test_vulnerable_people_are_flagged(graph: Graph) -> None:
    """Everybody below the vulnerable, and employees and patients, need more care."""
    flagged = set(graph.subjects(ROPA.isVulnerable, Literal(True)))
    below = vocabulary.load().narrower(DPV.VulnerableHuman)
    assert below | {DPV.Employee, DPV.Patient} == flagged
    assert DPV.Child in flagged
    assert DPV.Customer not in flagged


def test_every_point_of_chapter_five_can_be_named(graph: Graph) -> None:
    """A transfer can say on which point of Art. 45 to 49 it rests."""
    cited = {
        str(article)
        for scheme in ("legal-basis-data-transfer-classes",)
        for term in graph.subjects(SKOS.inScheme, URIRef(str(GDPR) + scheme))
        for article in graph.objects(term, ROPA.article)
    }
    points = {f"GDPR Art. 46(2)({point})" for point in "abcdef"}
    points |= {f"GDPR Art. 46(3)({point})" for point in "ab"}
    points |= {f"GDPR Art. 49(1)({point})" for point in "abcdefg"}
    assert points <= cited
    assert (GDPR["A49-2"], ROPA.article, None) in graph
    rules = {ROPA["A47-controllers"], ROPA["A47-processors"]}
    assert set(graph.subjects(SKOS.broader, GDPR["A46-2-b"])) == rules


def test_grounds_beside_a_legal_basis(graph: Graph) -> None:
    """Art. 10 and 22(2) have their grounds, each citing its point."""
    for scheme, count in (
        (ROPA.criminalDataGrounds, 2),
        (ROPA.automatedDecisionGrounds, 3),
    ):
        members = set(graph.subjects(SKOS.inScheme, scheme))
        assert len(members) == count
        for term in members:
            assert (term, ROPA.article, None) in graph
            # Not below consent or contract: none of them is a basis of Art. 6.
            assert set(graph.objects(term, SKOS.broader)) == {DPV.LegalBasis}


def test_the_criteria_for_an_impact_assessment(graph: Graph) -> None:
    """Terms point to each of the nine criteria of WP248; Art. 35(3) has three cases."""
    criteria = set(graph.subjects(SKOS.inScheme, ROPA.dpiaCriteria))
    assert len(criteria) == 9
    for term in criteria:
        assert set(graph.objects(term, ROPA.indicatedBy)) <= {*DPV, *PD}
        assert (term, ROPA.indicatedBy, None) in graph
    pointing = set(graph.objects(ROPA.SensitiveDataCriterion, ROPA.indicatedBy))
    assert {DPV.SpecialCategoryPersonalData, PD.Criminal, PD.Location} <= pointing
    cases = set(graph.subjects(SKOS.inScheme, ROPA.dpiaCases))
    articles = {str(a) for case in cases for a in graph.objects(case, ROPA.article)}
    assert articles == {f"GDPR Art. 35(3)({point})" for point in "abc"}
