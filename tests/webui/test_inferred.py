"""What follows from entries: apart from what is stated, marked, with its reasons."""

from __future__ import annotations

import csv
import html
import io
import re
from typing import TYPE_CHECKING

import pytest
from rdflib import Graph
from rdflib.term import Literal, URIRef

from ropa import entailments, entry, syntax
from ropa.terms import DCT, RDF, ROPA, SKOS, XSD

if TYPE_CHECKING:
    from ropa.register import Register
    from tests.webui.conftest import Asker

MARKETING = "/activities/wpo/marketing"
LIKELY = "/activities/workpex/push-notifications"
BY_SEAT = "likely-transfer-by-seat"
KIND = "/terms/ropa/DirectMarketingActivity"
VOID = "http://rdfs.org/ns/void#"
WORDS = {"en": "Inferred", "fr": "Déduit"}


def text_of(ask: Asker, path: str) -> str:
    """Give a page as text, its entities resolved."""
    answer = ask.page(path)
    assert answer.status_code == 200, path
    return html.unescape(answer.get_data(as_text=True))


def section_of(text: str) -> str:
    """Cut the section on what follows out of the page of an entry."""
    start = text.index('<section class="group follows"')
    return text[start : text.index("</section>", start)]


def graph_of(body: bytes, form: syntax.Syntax = syntax.Syntax.TURTLE) -> Graph:
    """Read a document back."""
    graph = Graph()
    for s, p, o, _ in syntax.parse(body, form):
        graph.add((s, p, o))
    return graph


def iri_at(register: Register, path: str) -> URIRef:
    """Give the IRI of the entry that has its page at a path."""
    return URIRef(register.base + path.removeprefix("/"))


# -- pages of entries ------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("path", [MARKETING, LIKELY, "/companies/wepos"])
def test_what_follows_stands_apart_and_marked(ask: Asker, path: str, lang: str) -> None:
    """Each inferred statement bears the word of the ontology; no stated one does."""
    text = text_of(ask, f"{path}?lang={lang}")
    section = section_of(text)
    items = re.findall(r"<li>(.*?)</li>", section, re.DOTALL)
    assert items
    mark = f'mark-implied"><span aria-hidden="true">≈</span> {WORDS[lang]}</span>'
    assert all(mark in item for item in items)
    assert mark not in text.replace(section, "")


def test_stated_fields_stay_as_they_are(ask: Asker, register: Register) -> None:
    """What follows for a field is no value of it: the twin has what is stated alone."""
    iri = iri_at(register, MARKETING)
    inferred = register.inferred(iri)
    claims = list(inferred.subjects(RDF.type, ROPA.Claim))
    assert claims
    stated = graph_of(ask.get(f"{MARKETING}.ttl").data)
    for claim in claims:
        triple = tuple(
            inferred.value(claim, way) for way in (ROPA.about, ROPA.field, ROPA.value)
        )
        assert triple in inferred
        assert triple not in stated


def test_long_groups_are_folded_without_scripts(ask: Asker) -> None:
    """A group of many statements is folded by the page itself, its number told."""
    section = section_of(text_of(ask, MARKETING))
    folded = re.findall(r'<details class="folded"><summary>Statements: (\d+)', section)
    assert folded and all(int(number) > 6 for number in folded)
    assert "<script" not in section


def test_company_counts_what_follows_for_its_activities(
    ask: Asker, register: Register
) -> None:
    """A row for each kind and property leads to a list of as many statements."""
    section = section_of(text_of(ask, "/companies/wpo"))
    rows = re.findall(
        r'<td class="number">\d+</td><td class="number"><a href="([^"]+)"[^>]*>(\d+)<',
        section,
    )
    assert len(rows) > 5
    at, number = next((at, n) for at, n in rows if "DirectMarketingActivity" in at)
    listed = ask.get(at.replace("?", ".json?")).json
    assert len(listed) == int(number)
    assert {row["company"] for row in listed} == {"wpo"}
    del register


def test_every_reason_is_one_link_away(ask: Asker) -> None:
    """Each statement of an entry leads to its own reasons, told one by one."""
    links = re.findall(
        r'<a class="small" href="([^"]+)" aria-label="Why\? ([^"]+)"',
        section_of(text_of(ask, MARKETING)),
    )
    assert len(links) > 10
    assert len({at for at, _ in links}) == len(links)
    assert len({words for _, words in links}) == len(links)
    for at, _ in links[:3]:
        text = text_of(ask, at)
        assert text.count('<li id="claim-') == 1
        assert 'class="premises"' in text or "of the kind" in text


# -- the inferred graph ----------------------------------------------------------------


def test_all_statements_have_their_proofs(ask: Asker, register: Register) -> None:
    """The page of the graph has an anchor and the reasons for each statement of it."""
    graph = register.inferred(iri_at(register, MARKETING))
    anchors = {str(s).partition("#")[2] for s in graph.subjects(RDF.type, ROPA.Claim)}
    text = text_of(ask, f"{MARKETING}/inferred")
    assert set(re.findall(r'<li id="(claim-[0-9a-f]+)"', text)) == anchors
    assert 'href="/sources/wpo-privacy-policy#char=' in text
    assert re.search(r'href="/entailments/[a-z-]+"', text)


@pytest.mark.parametrize(
    ("suffix", "form"),
    [
        (".ttl", syntax.Syntax.TURTLE),
        (".nt", syntax.Syntax.NTRIPLES),
        (".rdf", syntax.Syntax.RDFXML),
        (".jsonld", syntax.Syntax.JSONLD),
    ],
)
def test_graph_says_of_each_statement_that_it_is_inferred(
    ask: Asker, register: Register, suffix: str, form: syntax.Syntax
) -> None:
    """In every form there is a claim for each statement that is not about claims."""
    graph = graph_of(ask.get(f"{MARKETING}/inferred{suffix}").data, form)
    name = entry.inferred_graph(iri_at(register, MARKETING))
    claims = set(graph.subjects(ROPA.origin, ROPA.Inferred))
    claimed = {
        (
            graph.value(c, ROPA.about),
            graph.value(c, ROPA.field),
            graph.value(c, ROPA.value),
        )
        for c in claims
    }
    told = {(s, p, o) for s, p, o in graph if s != name and s not in claims}
    assert told and told == claimed


def test_json_has_the_reasons(ask: Asker) -> None:
    """A program reads the same proofs, in the language it asks for."""
    answer = ask.get(f"{LIKELY}/inferred", "application/json")
    assert answer.mimetype == "application/json"
    assert {"Accept", "Accept-Language"} <= set(answer.headers["Vary"].split(", "))
    told = answer.json
    assert told["total"] == len(told["whys"])
    assert all(why["explanation"] and why["by"] for why in told["whys"])
    french = ask.get(f"{LIKELY}/inferred.json?lang=fr").json
    assert french["whys"][0]["explanation"] != told["whys"][0]["explanation"]


def test_graph_is_sent_once(ask: Asker) -> None:
    """Who has the graph already is told so."""
    first = ask.get(f"{MARKETING}/inferred.ttl")
    again = ask.get(f"{MARKETING}/inferred.ttl", If_None_Match=first.headers["ETag"])
    assert (first.status_code, again.status_code) == (200, 304)


@pytest.mark.parametrize(
    "path",
    [
        "/activities/wpo/nothing/inferred",
        "/companies/nothing/inferred",
        "/organisations/nothing/inferred",
        f"{MARKETING}/inferred?claim=claim-000000000000",
        "/entailments/nothing",
    ],
)
def test_what_is_not_there_is_told_in_a_sentence(ask: Asker, path: str) -> None:
    """Where there is no entry, no statement or no entailment: 404, in words."""
    for answer in (ask.page(path), ask.get(path, "application/json")):
        assert answer.status_code == 404
        told = html.unescape(answer.get_data(as_text=True))
        assert re.search(r"(There is no|Nothing that follows) [^.<]+", told)


def test_nothing_follows_is_no_error(ask: Asker) -> None:
    """An entry from which nothing follows says so."""
    text = text_of(ask, "/organisations/hubspot/inferred")
    assert "Nothing follows from what this entry states." in text


def test_another_day_has_its_own_conclusions(ask: Asker, register: Register) -> None:
    """The graph of a day past names that day; what is kept of today stays."""
    kept = set(register.inferred(iri_at(register, MARKETING)))
    old = graph_of(ask.get(f"{MARKETING}/inferred.ttl?as_of=2019-05-01").data)
    assert (None, ROPA.asOf, Literal("2019-05-01", datatype=XSD.date)) in old
    assert "1 May 2019" in text_of(ask, f"{MARKETING}?as_of=2019-05-01")
    assert set(register.inferred(iri_at(register, MARKETING))) == kept


def test_inferred_is_no_name_for_an_entry(writable: Asker) -> None:
    """Nobody writes to a graph of what follows, nor calls an activity so."""
    base = "https://w3id.org/ropa-kg/data/"
    for name in ("activities/wpo/marketing/inferred", "activities/wpo/inferred"):
        at = f"/rdf-graphs?graph={base}{name}&author=A&reason=B"
        body = (
            f"<{base}{name}> a <https://w3id.org/dpv#PersonalDataProcess> ; "
            f"<{DCT.isPartOf}> <{base}companies/wpo#record> ."
        )
        made = writable.send("PUT", at, body, "text/turtle", If_None_Match="*")
        assert made.status_code in (400, 422), made.get_data(as_text=True)
        assert writable.get(f"/rdf-graphs?graph={base}{name}").status_code == 404
        gone = writable.send("DELETE", at, "", "text/turtle", If_Match="*")
        assert gone.status_code == 404


# -- questions to the owner ------------------------------------------------------------


def test_a_likely_transfer_is_asked_and_stays_answered(writable: Asker) -> None:
    """Statement, question and answer lead to each other, on every page that has one."""
    section = section_of(text_of(writable, LIKELY))
    keys = re.findall(r'<div class="asked-of">.*?href="/findings/(\w+)"', section, re.S)
    assert keys
    page = text_of(writable, f"/findings/{keys[0]}")
    assert f"{LIKELY}/inferred?claim=claim-" in page
    assert "?</h1>" in page
    answer = {"finding": keys[0], "kind": "no", "author": "Ada", "replaces": ""}
    given = writable.form("/answers", answer | {"reason": "An office in the Union."})
    assert given.status_code == 303
    for path in (LIKELY, f"{LIKELY}/inferred"):
        text = text_of(writable, path)
        told = text[text.index('<div class="asked-of">') :]
        assert "An office in the Union." in told
        assert "Ada" in told
    fewer = text_of(writable, "/transfers?claims=all")
    assert f'href="/findings/{keys[0]}"' not in fewer
    assert f'href="/findings/{keys[1]}"' in fewer


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_inferred_transfers_come_last_and_marked(ask: Asker, lang: str) -> None:
    """What nobody stated comes after all that somebody did, in its own look."""
    text = text_of(ask, f"/transfers?claims=all&lang={lang}")
    rows = re.findall(r"<tr( class=\"implied\")?><td>(.*?)</tr>", text, re.DOTALL)
    marked = [bool(look) for look, _ in rows]
    assert True in marked and False in marked
    assert marked == sorted(marked)
    mark = f"</span> {WORDS[lang]}</span>"
    assert all((mark in row) == bool(look) for look, row in rows)
    assert 'href="/findings/' in text
    assert "implied" not in text_of(ask, f"/transfers?lang={lang}")


def test_documents_name_the_claim(ask: Asker) -> None:
    """CSV and JSON keep to the columns of the question and say what was inferred."""
    rows = ask.get("/transfers.json?claims=all").json
    assert {row["claim"] for row in rows} >= {"inferred", "stated"}
    table = ask.get("/transfers.csv?claims=all").get_data(as_text=True)
    assert [row["claim"] for row in csv.DictReader(io.StringIO(table))] == [
        row["claim"] for row in rows
    ]
    only = ask.get("/transfers.json?claims=all&claim=inferred").json
    assert {row["claim"] for row in only} == {"inferred"}


# -- entailments and kinds -------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_all_entailments_are_listed(ask: Asker, register: Register, lang: str) -> None:
    """Each with its name, words and article, and how many statements follow by it."""
    text = text_of(ask, f"/entailments?lang={lang}")
    rows = {row["name"]: row for row in ask.get(f"/entailments.json?lang={lang}").json}
    follows = [str(row[-1]) for row in register.ask("inferred").rows]
    for one in entailments.all_entailments():
        assert f'href="/entailments/{one.name}?lang={lang}"' in text
        assert one.summary[lang] in text
        assert rows[one.name]["article"] == one.article
        assert int(rows[one.name]["statements"]) == follows.count(str(one.iri))
    assert "ropa:DirectMarketingActivity" in rows


def test_entailment_shows_text_and_where_it_applies(ask: Asker) -> None:
    """Its sentence, its query, and entries here with the way to the reasons."""
    one = entailments.load(BY_SEAT)
    text = text_of(ask, f"/entailments/{BY_SEAT}")
    assert one.explanation["en"] in text
    assert "CONSTRUCT {" in text and "#+" not in text
    assert f'href="{LIKELY}"' in text
    assert f"{LIKELY}/inferred?claim=claim-" in text
    assert "Likely transfer (Apple → United States)" in text


def test_entailment_is_described_in_rdf(ask: Asker) -> None:
    """Label, article, source and explanation, under the name that claims use."""
    one = entailments.load(BY_SEAT)
    answer = ask.get(f"/entailments/{BY_SEAT}", "text/turtle")
    graph = graph_of(answer.data)
    assert (one.iri, RDF.type, ROPA.Entailment) in graph
    assert set(graph.objects(one.iri, SKOS.prefLabel)) == {
        Literal(text, lang) for lang, text in one.summary.items()
    }
    assert (one.iri, ROPA.article, Literal(one.article)) in graph
    assert set(graph.objects(one.iri, DCT.source)) == set(one.sources)
    assert set(graph.objects(one.iri, ROPA.explanation)) == {
        Literal(text, lang) for lang, text in one.explanation.items()
    }


def test_near_name_of_an_entailment_is_offered(ask: Asker) -> None:
    """A misspelt name leads on."""
    answer = ask.page("/entailments/likely-transfer-by-seats")
    assert answer.status_code == 404
    assert f'href="/entailments/{BY_SEAT}"' in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "path", [KIND, "/terms/ropa/likelyTransferTo", "/terms/loc/US"]
)
def test_term_shows_what_follows_with_it(ask: Asker, path: str) -> None:
    """Kinds show their members, properties and values their statements, all marked."""
    text = text_of(ask, path)
    start = text.index('<h2 id="inferred">')
    section = text[start : text.index("</section>", start)]
    items = re.findall(r"<li>(.*?)</li>", section, re.DOTALL)
    assert items and all("mark-implied" in item for item in items)
    entries = MARKETING if path == KIND else LIKELY
    assert f'href="{entries}"' in section


# -- what others are told --------------------------------------------------------------


def test_dataset_says_where_inferred_statements_are(ask: Asker) -> None:
    """The description counts them apart and names their graphs, in both languages."""
    graph = graph_of(ask.get("/.well-known/void", "text/turtle").data)
    part = next(s for s in graph.subjects(DCT.isPartOf) if str(s).endswith("#inferred"))
    assert int(str(graph.value(part, URIRef(f"{VOID}entities")))) > 0
    words = {text.language for text in graph.objects(part, DCT.description)}
    assert words == {"en", "fr"}


def test_graph_reaches_what_the_default_graph_hides(ask: Asker) -> None:
    """The query page leads to a question that shows how; plain queries see none."""
    page = text_of(ask, "/sparql")
    assert 'href="/sparql?question=inferred"' in page
    assert "GRAPH ?beside" in text_of(ask, "/sparql?question=inferred")
    ways = "?claim <" + str(ROPA.entailedBy) + "> ?by"
    apart = ask.client.get(
        "/sparql",
        query_string={"query": f"ASK {{ GRAPH ?g {{ {ways} }} }}", "format": "json"},
        headers={"Host": ask.host},
    )
    stated = ask.client.get(
        "/sparql",
        query_string={"query": f"ASK {{ {ways} }}", "format": "json"},
        headers={"Host": ask.host},
    )
    assert apart.json["boolean"] is True
    assert stated.json["boolean"] is False


def test_dump_keeps_them_apart(register: Register) -> None:
    """In the whole dataset such statements are in graphs named for them alone."""
    register.refresh_inferred()
    by = str(ROPA.entailedBy)
    lines = [
        line for line in b"".join(register.dump()).decode().splitlines() if by in line
    ]
    about = [line for line in lines if f"<{by}>" in line.split(" ")[1]]
    assert about
    assert all(line.endswith("/inferred> .") for line in about)
