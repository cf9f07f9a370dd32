"""What this server is and holds, for programs: health, dataset, service."""

from __future__ import annotations

from flask import Blueprint, Response, request
from rdflib import Graph, Literal, Namespace, URIRef
from rdflib.namespace import VOID

import ropa
from ropa.terms import CLOSED, DCT, RDF, XSD
from ropa.upkeep import Progress
from webui import negotiation, places, unjudged
from webui.current import the_register
from webui.languages import LANGUAGES, messages
from webui.naming import thing_at

pages = Blueprint("descriptions", __name__)

SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
FORMATS = "http://www.w3.org/ns/formats/"
RESULT_FORMATS = (
    "SPARQL_Results_JSON",
    "SPARQL_Results_XML",
    "SPARQL_Results_CSV",
    "SPARQL_Results_TSV",
    "Turtle",
    "N-Triples",
    "JSON-LD",
    "RDF_XML",
)


INFERRED = (
    "What follows from an entry is no part of what is stated: it stands in a graph of "
    "its own, named <entry>/inferred, which GRAPH reaches; there a claim "
    "(ropa:origin ropa:Inferred) marks each statement."
)


def _here(path: str) -> URIRef:
    return URIRef(request.url_root.rstrip("/") + path)


@pages.get("/healthz")
def health() -> Response:
    """Say that the server answers, for which register, at which revision."""
    register = the_register()
    return negotiation.json_answer(
        {
            "ropa": ropa.__version__,
            "base": register.base,
            "revision": register.revision,
            "languages": list(register.languages),
        }
        | register.summary()
        | _judged(register.progress())
    )


def _judged(progress: Progress) -> dict[str, int]:
    """Say of how many entries findings are known; the others are not without any."""
    return {
        "entries": progress.total,
        "judged": progress.judged,
        "not_judgeable": len(progress.failed),
    }


@pages.get("/.well-known/void")
def dataset() -> Response:
    """Describe the dataset.

    Source: W3C Interest Group Note "Describing Linked Datasets with the VoID
    Vocabulary".
    """
    suffix = negotiation.choose(negotiation.DOCUMENTS)
    register = the_register()
    counted = register.select(
        "SELECT (COUNT(*) AS ?triples) (COUNT(DISTINCT ?s) AS ?things) "
        "WHERE { ?s ?p ?o }"
    )
    triples, things = counted.rows[0]
    here = _here("/.well-known/void")
    me = URIRef(f"{here}#register")
    graph = Graph()
    graph.add((here, RDF.type, VOID.DatasetDescription))
    graph.add((here, URIRef("http://xmlns.com/foaf/0.1/topic"), me))
    graph.add((me, RDF.type, VOID.Dataset))
    graph.add((me, VOID.sparqlEndpoint, _here("/sparql")))
    _describe_inferred(graph, me, URIRef(f"{here}#inferred"))
    graph.add((me, VOID.uriSpace, Literal(register.base)))
    graph.add((me, VOID.triples, Literal(str(triples), datatype=XSD.integer)))
    graph.add((me, VOID.distinctSubjects, Literal(str(things), datatype=XSD.integer)))
    for space in CLOSED:
        graph.add((me, VOID.vocabulary, URIRef(str(space))))
    for form in ("Turtle", "JSON-LD", "RDF_XML", "N-Triples"):
        graph.add((me, VOID.feature, URIRef(FORMATS + form)))
    for company in register.ask("companies").rows[:1]:
        example = thing_at(f"companies/{company[0]}")
        graph.add((me, VOID.exampleResource, example))
    return negotiation.graph_answer(graph, suffix)


def _describe_inferred(graph: Graph, whole: URIRef, part: URIRef) -> None:
    """Say where what follows stands: apart, and each statement marked by a claim."""
    register = the_register()
    register.refresh_inferred()
    is_whole = not unjudged.is_partly()
    counted = register.select(
        "SELECT (COUNT(DISTINCT ?claim) AS ?n) WHERE { "
        "GRAPH ?graph { ?claim ropa:entailedBy ?by } }"
    )
    graph.add((part, RDF.type, VOID.Dataset))
    graph.add((part, DCT.isPartOf, whole))
    for lang in LANGUAGES:
        words = messages(lang).get(INFERRED, INFERRED)
        graph.add((part, DCT.description, Literal(words, lang)))
    graph.add((part, VOID.uriRegexPattern, Literal(f"/{places.INFERRED}(#.*)?$")))
    if is_whole:
        number = Literal(str(counted.rows[0][0]), datatype=XSD.integer)
        graph.add((part, VOID.entities, number))


def service_description() -> Response:
    """Describe the SPARQL endpoint.

    Source: SPARQL 1.1 Service Description.
    """
    suffix = negotiation.choose(negotiation.DOCUMENTS)
    endpoint = _here("/sparql")
    me = URIRef(f"{endpoint}#service")
    data = URIRef(f"{endpoint}#dataset")
    default = URIRef(f"{endpoint}#default-graph")
    graph = Graph()
    graph.add((me, RDF.type, SD.Service))
    graph.add((me, SD.endpoint, endpoint))
    graph.add((me, SD.supportedLanguage, SD.SPARQL11Query))
    for form in RESULT_FORMATS:
        graph.add((me, SD.resultFormat, URIRef(FORMATS + form)))
    graph.add((me, SD.defaultDataset, data))
    graph.add((data, RDF.type, SD.Dataset))
    graph.add((data, SD.defaultGraph, default))
    for lang in LANGUAGES:
        words = messages(lang).get(INFERRED, INFERRED)
        graph.add((data, DCT.description, Literal(words, lang)))
    graph.add((default, RDF.type, SD.Graph))
    graph.add((default, DCT.title, Literal("What is stated, law and vocabulary", "en")))
    return negotiation.graph_answer(graph, suffix)
