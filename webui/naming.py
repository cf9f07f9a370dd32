"""Names and addresses of things: no page shows a bare IRI where a label exists."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from flask import Flask, current_app, g
from rdflib import Literal, URIRef
from rdflib.term import Node

from ropa import entailments
from ropa.checklist import by_code
from ropa.errors import NotFound
from ropa.rules import rules
from ropa.terms import DCT, DPV, PREFIXES, RDF, RDFS, ROPA, SKOS, curie, rows_of
from webui import day, places
from webui.current import PARAMETER, asked_at, the_register
from webui.languages import gettext as _
from webui.languages import language

if TYPE_CHECKING:
    from ropa.register import Register

_BATCH = 400
# What follows describes things of its own in the graph that it stands in.
_ASIDE = f"/{places.INFERRED}#"
_SHAPES = "https://w3id.org/ropa-kg/shapes#"
# RFC 3987; the "#" begins a part, which no address of a page names.
_NO_IRI = re.compile(r'[\x00-\x20<>"{}|^`\\]')
# RFC 3986 section 3.5: what of our parts' names may stand there as it is.
FRAGMENT = "=,"
_ENTRIES = ("companies", "activities", "organisations", "sources", "changes")


@dataclass(frozen=True)
class Name:
    """What a thing is called; ``lang`` only where it is not the page's language."""

    text: str
    lang: str | None = None
    is_label: bool = True


@cache
def label_properties() -> tuple[URIRef, ...]:
    """List the properties that name a thing, the best first."""
    return (
        SKOS.prefLabel,
        DCT.title,
        DPV.hasName,
        RDFS.label,
        ROPA.tradeName,
        DCT.identifier,
    )


class Names:
    """Labels of things in one language, fetched in batches and kept.

    Args:
        register: where labels are looked up.
        lang: language wanted; English, then any other, stand in for it.
    """

    def __init__(self, register: Register, lang: str) -> None:
        self._register = register
        self._lang = lang
        self._known: dict[str, Name] = {}

    def prefetch(self, nodes: Iterable[Node | None]) -> None:
        """Fetch the labels of many things in few queries."""
        wanted = sorted(
            {str(n) for n in nodes if isinstance(n, URIRef)} - self._known.keys()
        )
        for start in range(0, len(wanted), _BATCH):
            self._fetch(wanted[start : start + _BATCH])

    def _fetch(self, iris: list[str]) -> None:
        best: dict[str, tuple[tuple[int, int], Name]] = {}
        for iri, rank, label in self._labels(iris):
            order = (rank, self._language_rank(label))
            if iri not in best or order < best[iri][0]:
                best[iri] = (order, self._named(label))
        for iri in iris:
            known = entailments.named(iri) if iri not in best else None
            if known is not None:
                best[iri] = ((0, 0), self.best(dict(known.summary)))
        for iri, name in self._described([iri for iri in iris if iri not in best]):
            best[iri] = ((0, 0), name)
        broader = self._stand_ins([iri for iri in iris if iri not in best])
        for iri in iris:
            if iri in best:
                self._known[iri] = best[iri][1]
            elif iri in broader:
                self._known[iri] = self.name(URIRef(broader[iri]))
            else:
                self._known[iri] = Name(_short(iri), None, is_label=False)

    def _labels(self, iris: list[str]) -> Iterator[tuple[str, int, Literal]]:
        properties = label_properties()
        table = self._register.select(
            "SELECT ?thing ?property ?label WHERE { "
            f"VALUES ?thing {{ {_listed(iris)} }} "
            f"VALUES ?property {{ {_listed(map(str, properties))} }} "
            "?thing ?property ?label }"
        )
        for thing, way, label in table.rows:
            if isinstance(way, URIRef) and isinstance(label, Literal):
                yield str(thing), properties.index(way), label

    def _described(self, iris: list[str]) -> Iterator[tuple[str, Name]]:
        """Name things that nobody stated: by their kind and what is said of them."""
        wanted = [iri for iri in iris if _ASIDE in iri]
        if not wanted:
            return
        table = self._register.select(
            "SELECT DISTINCT ?thing ?way ?value WHERE { "
            f"VALUES ?thing {{ {_listed(wanted)} }} "
            "GRAPH ?graph { ?thing ?way ?value } FILTER(ISIRI(?value)) } "
            "ORDER BY ?thing ?way ?value"
        )
        said: dict[str, tuple[list[URIRef], list[URIRef]]] = {}
        for thing, way, value in table.rows:
            kinds, others = said.setdefault(str(thing), ([], []))
            (kinds if way == RDF.type else others).append(URIRef(str(value)))
        for iri, (kinds, others) in said.items():
            # The narrowest kind says most; it stands below the others.
            known = self._register.vocabulary
            telling = [k for k in kinds if not any(k in known.above(o) for o in kinds)]
            words = ", ".join(self.name(kind).text for kind in telling)
            rest = " → ".join(self.name(other).text for other in others)
            yield iri, Name(f"{words} ({rest})" if words and rest else words or rest)

    def _stand_ins(self, iris: list[str]) -> dict[str, str]:
        """Find what stands for a part without a label: what it is a case of."""
        if not iris:
            return {}
        table = self._register.select(
            "SELECT ?thing ?broader WHERE { "
            f"VALUES ?thing {{ {_listed(iris)} }} "
            "VALUES (?way ?rank) { (rdf:type 1) (ropa:contactKind 2) "
            "(ropa:organisation 3) (skos:broader 4) } "
            "?thing ?way ?broader } ORDER BY ?rank DESC(?broader)"
        )
        return {str(a): str(b) for a, b in table.rows if str(a) != str(b)}

    def _language_rank(self, label: Literal) -> int:
        code = (label.language or "").lower()
        order = [self._lang, "", "en"]
        base = code.partition("-")[0]
        return order.index(base) if base in order else len(order)

    def _named(self, label: Literal) -> Name:
        code = label.language
        foreign = code is not None and code.partition("-")[0] != self._lang
        return Name(str(label), code if foreign else None)

    def name(self, node: Node) -> Name:
        """Name a thing or say a literal."""
        if isinstance(node, Literal):
            return self._named(node)
        if str(node) not in self._known:
            self.prefetch([node])
        return self._known.get(str(node)) or Name(str(node), None, is_label=False)

    def best(self, texts: dict[str, str]) -> Name:
        """Choose from a text in several languages, as fields and findings hold it."""
        for code in (self._lang, "en", *sorted(texts)):
            if texts.get(code):
                return Name(texts[code], None if code == self._lang else code)
        return Name("")


def _listed(iris: Iterable[str]) -> str:
    return " ".join(URIRef(iri).n3() for iri in iris)


def _short(iri: str) -> str:
    """Give what stands for a label: the short form, or the address itself."""
    short = curie(iri)
    if short != iri:
        return short
    is_own = iri.startswith(the_register().base)
    return iri.rstrip("/").rpartition("/")[2] if is_own else iri


def names() -> Names:
    """Give the names in the language of the page, as of the register's revision."""
    if "names" not in g:
        register, lang = the_register(), language()
        kept: dict[tuple[tuple[int, int], str], Names] = current_app.extensions["names"]
        key = (register.state, lang)
        if key not in kept:
            for old in [k for k in kept if k[0] != key[0]]:
                kept.pop(old, None)
            kept[key] = Names(register, lang)
        g.names = kept[key]
    found: Names = g.names
    return found


def path_of(iri: str) -> str | None:
    """Give the local address of a thing, None where this server has no page for it."""
    base = the_register().base
    rows = rows_of(iri)
    thing, _hash, part = iri.partition("#")
    path = thing[len(base) :] if thing.startswith(base) else places.path_at(thing)
    if path is not None:
        if path.partition("/")[0] not in _ENTRIES:
            return None
        return (
            "/"
            + quote(path)
            + kept_query()
            + (f"#{quote(part, safe=FRAGMENT)}" * bool(part))
        )
    if rows is not None and the_register().vocabulary.is_known(URIRef(iri)):
        # Rows are served under the last part of their namespace: /law/, /vendors/.
        folder = str(rows).rstrip("/").rpartition("/")[2]
        name = quote(iri.removeprefix(str(rows)))
        return f"/{folder}/{name}".rstrip("/") + kept_query()
    if entailments.named(iri) is not None:
        return f"/entailments/{quote(iri.rpartition('/')[2])}" + kept_query()
    if iri.startswith(_SHAPES) and (part in rules() or part in by_code()):
        return f"/rules/{quote(part)}" + kept_query()
    prefix, colon, local = curie(iri).partition(":")
    if colon and prefix in PREFIXES and the_register().vocabulary.is_known(URIRef(iri)):
        return f"/terms/{prefix}/{quote(local)}" + kept_query()
    return None


def thing_at(path: str, *, base: str = "") -> URIRef:
    """Give the thing that a local address names.

    Args:
        path: the address without its first slash.
        base: start of the IRI; the register's own base if empty.

    Raises:
        NotFound: no IRI can be written so.
    """
    elsewhere = None if base else places.iri_at(path)
    iri = elsewhere or (base or the_register().base) + path
    if _NO_IRI.search(iri):
        raise NotFound(_("There is nothing at %(path)s.", path="/" + path[:200]))
    return URIRef(iri)


def kept_query() -> str:
    """Give what each address here carries on, if asked: language, day, record."""
    kept = {}
    if language() and g.language_in_address:
        kept["lang"] = g.language
    asked = day.asked_day()
    if asked is not None:
        kept[day.PARAMETER] = asked.isoformat()
    if asked_at():
        kept[PARAMETER] = asked_at()
    return "?" + urlencode(kept) if kept else ""


def href(node: Node | str | None) -> str | None:
    """Give the address that a value links to: a page here, or a source outside."""
    if not isinstance(node, URIRef):
        return None
    local = path_of(str(node))
    if local is not None:
        return local
    is_name = curie(str(node)) != str(node) or str(node).startswith(the_register().base)
    outside = str(node).startswith(("https://", "http://"))
    return str(node) if outside and not is_name else None


def install(app: Flask) -> None:
    """Give the templates of an application names and addresses."""
    app.extensions["names"] = {}
    app.extensions["places"] = {}
    app.jinja_env.globals.update(
        href=href,
        kept_query=kept_query,
        name=lambda node: names().name(node),
        short=lambda n: _short(str(n)),
    )
