"""From form 1 to 2: changes are chained, and keep what they added and removed.

Changes of before stay as they are: they said who, when, why and with which digest, but
not what. A baseline is written after them. It bears a digest of all of them together,
and adds what stands, so that from it on history is whole. It also says which of the
earlier revisions follows which, as they did not say themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdflib.term import Literal, Node, URIRef

from ropa import entry, history, syntax, witness
from ropa.terms import PREFIXES, PROV, ROPA, XSD

if TYPE_CHECKING:
    from ropa.store.base import Store

_PROLOGUE = "".join(f"PREFIX {p}: <{ns}>\n" for p, ns in PREFIXES.items())
_REVISIONS = """
SELECT ?entry ?part ?digest WHERE {
  GRAPH ?change {
    ?part prov:specializationOf ?entry .
    OPTIONAL { ?part ropa:digest ?digest }
  }
}
ORDER BY ?change
"""
_MOMENTS = """
SELECT ?moment WHERE { GRAPH ?change { ?change prov:endedAtTime ?moment } }
ORDER BY DESC(?change)
LIMIT 1
"""
_REASON = "migrated to form 2; what stood is the baseline of history"


def migrate(store: Store, base: str, author: history.Author) -> None:
    """Write the baseline."""
    names = store.graphs()
    numbers = {number: name for name in names if (number := history.number_in(name))}
    earlier = [line for name in numbers.values() for line in store.lines(name)]
    follows: dict[str, URIRef] = {}
    stands: dict[str, URIRef] = {}
    links: list[tuple[Node, Node, Node]] = []
    for name, part, left in store.select(_PROLOGUE + _REVISIONS).rows:
        mine = follows[str(name)] = URIRef(str(part))
        if str(name) in stands:
            links.append((mine, PROV.wasRevisionOf, stands.pop(str(name))))
        if left is not None:
            # After a removal an entry of the same name begins anew.
            stands[str(name)] = mine
    moments = store.select(_PROLOGUE + _MOMENTS).rows
    revisions: dict[URIRef, history.Revision] = {}
    added: list[str] = []
    derived: list[URIRef] = []
    for name in names:
        if entry.is_stated(name) or history.is_kept_whole(name) or _is_of_shapes(name):
            lines = store.lines(name)
            digest = syntax.digest_of(lines)
            revisions[name] = history.Revision(digest, follows.get(str(name)))
            if history.is_kept_whole(name):
                added += lines
        elif entry.is_derived(name):
            # It does not vouch for itself as this form does, and is made again.
            derived.append(name)
    form = Literal("2", datatype=XSD.integer, normalize=False)
    made = history.change(
        base,
        history.Head(max(numbers, default=0), moment=str(moments[0][0])),
        history.Account(
            author,
            _REASON,
            kind=ROPA.Baseline,
            said=(
                (ROPA.earlierDigest, Literal(syntax.digest_of(earlier))),
                (ROPA.registerForm, form),
            ),
        ),
        revisions=revisions,
        added=syntax.digest_of(added) if added else None,
        beside=links,
    )
    graphs = {
        name: [syntax.line(*triple) for triple in graph]
        for name, graph in made.graphs.items()
    }
    if added:
        graphs[history.added_graph(made.iri)] = added
    store.load_lines(graphs, note=witness.line(made.head.number, made.head.digest))
    if derived:
        store.write(dict.fromkeys(derived))


def _is_of_shapes(name: URIRef) -> bool:
    return str(name).startswith(entry.SHAPES_BASE)
