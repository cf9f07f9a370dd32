"""Put results into words: labels into the places that a rule's message leaves open.

The sentences are the rules' own (``shapes/``); this only fills the places, once for
each language, so that a report reads the same wherever it is shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from rdflib import Graph
from rdflib.term import Literal, Node, URIRef

from ropa import fields, rules, taking, terms
from ropa.rules import Rule
from ropa.structure import Found
from ropa.terms import DCT, DPV, RDF, RDFS, ROPA, SH, SKOS, XSD

ILL_TYPED = "ill-typed-value"
LANGUAGES = ("en", "fr")
MAX_TEXT_CHARACTERS = 120

# A title is quoted within a sentence; a name is not.
_QUOTED = {"en": "“{}”", "fr": "« {} »"}
# How a language writes what stands in citations.
_CITED = {
    "fr": (
        (re.compile(r"\bGDPR Art\."), "RGPD art."),
        (re.compile(r"\bGDPR Recital\b"), "RGPD considérant"),
        (re.compile(r"(?<=[\d)]) to (?=\d)"), " à "),
    )
}
_TRUTH = {"en": ("no", "yes"), "fr": ("non", "oui")}
_PLACE = re.compile(r"\{(focus|value|field|nearest|as_of)\}")


def counted(number: int, one: str, many: str, lang: str = "en") -> str:
    """Say how many there are: "1 entry", "2 entries".

    French has the singular for none as well: "0 fiche".
    """
    is_one = number == 1 or (lang == "fr" and number == 0)
    written = f"{number:,}" if lang == "en" else f"{number:,}".replace(",", "\u202f")
    return f"{written} {one if is_one else many}"


def label(graph: Graph, node: Node) -> dict[str, str]:
    """Name a thing in every language, by what the graph calls it.

    Args:
        graph: where labels are looked for.
        node: a thing, a term or a plain value.

    Returns:
        A text for each language; a part without a label is called as the organisation
        that it is about, and what has none by the short form of its address.
    """
    if isinstance(node, Literal):
        # A text is quoted; a number or a day is not.
        is_text = node.datatype in (None, XSD.string, RDF.langString)
        return {
            lang: _QUOTED[lang].format(_cut(node)) if is_text else str(node)
            for lang in LANGUAGES
        }
    behind = graph.value(node, ROPA.organisation)
    named = _named(graph, node) or (_named(graph, behind) if behind else {})
    return named or dict.fromkeys(LANGUAGES, _cut(_short(str(node))))


def _named(graph: Graph, node: Node) -> dict[str, str]:
    """Give what the graph calls a thing, by language; empty where it has no label."""
    for property_ in (SKOS.prefLabel, DCT.title, DPV.hasName, RDFS.label):
        texts = {
            (text.language or "").partition("-")[0]: str(text)
            for text in sorted(_literals(graph, node, property_), key=_by_language)
        }
        if texts:
            other = texts.get("", texts.get("en", next(iter(texts.values()))))
            return {lang: _cut(texts.get(lang, other)) for lang in LANGUAGES}
    return {}


def field_label(graph: Graph, found: Found) -> dict[str, str]:
    """Name the field that a result is about; empty where it is about none.

    It is called as it is in the form of the thing, or else of what the rule judges; a
    property that neither has is called by its own name, or as in the first form.

    Args:
        graph: where the classes of the thing are stated, and its property is named.
        found: the result.
    """
    if found.path is None:
        return {}
    classes = [*_sorted(graph.objects(found.focus, RDF.type))]
    rule = rules.rules().get(found.rule)
    if rule is not None:
        targets = rules.shapes().objects(rule.shape, SH.targetClass)
        classes += _sorted(targets)
    own = fields.label_of(found.path, classes, found.shape)
    said = own or _named(graph, found.path) or fields.labels().get(found.path)
    return dict(said) if said else label(graph, found.path)


def _sorted(nodes: Iterable[Node]) -> list[URIRef]:
    return sorted(node for node in nodes if isinstance(node, URIRef))


def message(rule: Rule, found: Found, graph: Graph, as_of: date) -> dict[str, str]:
    """Fill the message of a rule, by language."""
    names = {"focus": label(graph, found.focus), "field": field_label(graph, found)}
    if (found.focus, DCT.title, None) in graph:
        names["focus"] = {
            lang: _QUOTED.get(lang, "{}").format(text)
            for lang, text in names["focus"].items()
        }
    if found.value is not None:
        names["value"] = label(graph, found.value)
        if found.nearest or found.rule == "unknown-term":
            names["value"] = dict.fromkeys(LANGUAGES, terms.curie(str(found.value)))
    names["nearest"] = dict.fromkeys(LANGUAGES, ", ".join(found.nearest) or "-")
    names["as_of"] = dict.fromkeys(LANGUAGES, as_of.isoformat())

    def fill(text: str, language: str) -> str:
        return _PLACE.sub(lambda m: names.get(m[1], {}).get(language, "-"), text)

    return {lang: fill(text, lang) for lang, text in rule.message.items()}


def hint(rule: Rule, found: Found) -> dict[str, str]:
    """Say what to do, by language: where a value is ill-typed, what its field takes."""
    exact = taking.hint(found.shape, found.value) if rule.code == ILL_TYPED else {}
    return exact or dict(rule.hint)


def _literals(graph: Graph, node: Node, property_: URIRef) -> list[Literal]:
    return [o for o in graph.objects(node, property_) if isinstance(o, Literal)]


def _by_language(text: Literal) -> tuple[str, str]:
    return (text.language or "", str(text))


def _short(iri: str) -> str:
    known = terms.curie(iri)
    if known != iri:
        return known
    document, _, fragment = iri.partition("#")
    # As the commands take it: "wpo", or "wpo/marketing" for an activity.
    _, room, name = document.rpartition("/activities/")
    if not room:
        name = document.rstrip("/").rsplit("/", 1)[-1]
    return f"{name}#{fragment}" if fragment else name or iri


def _cut(text: str) -> str:
    if len(text) <= MAX_TEXT_CHARACTERS:
        return text
    return f"{text[: MAX_TEXT_CHARACTERS - 1]}…"


def citation(text: str, lang: str) -> str:
    """Cite provisions as a language does; the register keeps them in English.

    >>> citation("GDPR Art. 8, 30(5), 44 to 49", "fr")
    'RGPD art. 8, 30(5), 44 à 49'
    """
    for pattern, said in _CITED.get(lang, ()):
        text = pattern.sub(said, text)
    return text


def truth(text: str, lang: str) -> str:
    """Say whether something holds, of a ``xsd:boolean`` in any of its spellings."""
    return _TRUTH.get(lang, _TRUTH["en"])[text in {"true", "1"}]


def name_of(iri: URIRef) -> str:
    """Give the short form of an address, as it stands in messages."""
    return _short(str(iri))
