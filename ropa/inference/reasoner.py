"""Reason over the ontology's logic with HermiT, in a process of its own.

owlready2 imports Python modules and follows addresses that data names, so it never
sees a file: only the axioms kept by `axioms`, as N-Triples over a pipe.

Source: OWL 2 Direct Semantics; OWL 2 Mapping to RDF, section 3; house rule that
owlready2 lives in this module only.
"""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from rdflib import Graph
from rdflib.term import Literal, URIRef

from ropa.canonical import n3
from ropa.errors import InputError, InternalError, LimitReached, NotSupported
from ropa.terms import OWL, RDF, RDFS, XSD

TIMEOUT_SECONDS = 120
EXPLAIN_SECONDS = 120
MEMORY_MEGABYTES = 1000

Triple = tuple[Any, Any, Any]
Pair = tuple[URIRef, URIRef]


@dataclass(frozen=True)
class Verdict:
    """What the reasoner found.

    Args:
        consistent: the axioms do not contradict each other.
        unsatisfiable: IRIs of classes that can have no member, sorted.
        axioms: how many triples were judged.
        clash: of the suspects, a smallest set that contradicts the rest: without any
            one of them there is no contradiction. Empty where the graph contradicts
            itself, where no suspects were named, or where all is well.
        narrowed: the clash is a smallest set; false if time ran out before.
    """

    consistent: bool
    unsatisfiable: tuple[str, ...]
    axioms: int
    clash: tuple[Triple, ...] = ()
    narrowed: bool = True


@dataclass(frozen=True)
class Classification:
    """What follows from the axioms and is not stated, closed under the class tree.

    ``owl:Thing``, ``owl:Nothing`` and pairs of a class with itself are left out.

    Args:
        subclasses: pairs of a named class and a named class above it.
        types: pairs of a named individual and a named class that it belongs to.
    """

    subclasses: frozenset[Pair]
    types: frozenset[Pair]


_KINDS: Final = ("Class", "ObjectProperty", "DatatypeProperty")
_MARKERS: Final = (
    "AllDifferent",
    "AllDisjointClasses",
    "AllDisjointProperties",
    "AsymmetricProperty",
    "FunctionalProperty",
    "InverseFunctionalProperty",
    "IrreflexiveProperty",
    "NamedIndividual",
    "ReflexiveProperty",
    "Restriction",
    "SymmetricProperty",
    "TransitiveProperty",
)
_RELATIONS: Final = (
    "allValuesFrom",
    "cardinality",
    "complementOf",
    "differentFrom",
    "disjointUnionOf",
    "disjointWith",
    "distinctMembers",
    "equivalentClass",
    "equivalentProperty",
    "hasSelf",
    "hasValue",
    "intersectionOf",
    "inverseOf",
    "maxCardinality",
    "maxQualifiedCardinality",
    "members",
    "minCardinality",
    "minQualifiedCardinality",
    "onClass",
    "onProperty",
    "oneOf",
    "propertyChainAxiom",
    "propertyDisjointWith",
    "qualifiedCardinality",
    "sameAs",
    "someValuesFrom",
    "unionOf",
)


def axioms(graph: Graph) -> list[Triple]:
    """Keep the logic of a graph, sorted: no annotation, import or date.

    Kept are declarations, characteristics, class expressions with their lists, and
    statements with declared properties: the hierarchy of terms is one by
    ``skos:broader``. Imports and module names are left out since owlready2 would
    follow them; dates and durations, even as a range, since HermiT refuses them; and
    statements about words that OWL reserves, such as a field ``rdf:type``.
    """
    kinds = {OWL[name] for name in _KINDS}
    markers = kinds | {OWL[name] for name in _MARKERS}
    relations = {OWL[name] for name in _RELATIONS}
    relations |= {RDFS.subClassOf, RDFS.subPropertyOf, RDF.first, RDF.rest}
    ranges = {XSD.string, XSD.boolean, XSD.integer, XSD.decimal}
    declared: dict[Any, set[Any]] = {k: set(graph.subjects(RDF.type, k)) for k in kinds}
    classes = declared[OWL.Class]
    things = declared[OWL.ObjectProperty]
    values = declared[OWL.DatatypeProperty]
    reserved = (str(OWL), str(RDF), str(RDFS))
    kept = []
    for s, p, o in graph:
        if p == RDF.type:
            keep = o in markers or o in classes
        elif p in (RDFS.domain, RDFS.range):
            plain = str(o).startswith(str(XSD))
            keep = (s in things or s in values) and (not plain or o in ranges)
        elif p in relations:
            keep = True
        elif isinstance(o, Literal):
            keep = p in values and o.datatype in ranges
        else:
            keep = p in things and not str(o).startswith(reserved)
        if keep:
            kept.append((s, p, o))
    return sorted(kept, key=_in_order)


def _in_order(triple: Triple) -> tuple[str, ...]:
    # Terms compare themselves in Python, which is slow.
    return tuple(map(str, triple))


def check_consistency(graph: Graph, suspects: Iterable[Triple] = ()) -> Verdict:
    """Ask HermiT whether an ontology contradicts itself.

    Args:
        graph: ontology, with data to be judged by it if any; it stays as it is.
        suspects: statements to be judged together with the graph; if they contradict
            it, those that do are named. Each try takes a run of the reasoner, so few
            suspects are named fast and many in at most ``EXPLAIN_SECONDS``.

    Raises:
        NotSupported: there is no Java runtime, which the reasoner needs.
        InputError: the reasoner refuses the axioms, as it does a date.
        LimitReached: no verdict within ``TIMEOUT_SECONDS``.
        InternalError: the reasoner failed.
    """
    judged = _Judged(graph, suspects)
    answer = _ask_reasoner(judged.text(judged.suspects))
    if not answer["consistent"] and judged.suspects:
        clash, narrowed = judged.clash()
        return Verdict(False, (), len(judged.kept), clash, narrowed)
    return Verdict(
        answer["consistent"], tuple(answer["unsatisfiable"]), len(judged.kept)
    )


def classify(graph: Graph) -> Classification:
    """Ask HermiT what follows from an ontology: classes above, kinds of individuals.

    Args:
        graph: ontology, with data to be classified by it if any; it stays as it is.

    Raises:
        InputError: the axioms contradict each other, so anything would follow; or
            the reasoner refuses them.
        NotSupported: there is no Java runtime, which the reasoner needs.
        LimitReached: no answer within ``TIMEOUT_SECONDS``.
        InternalError: the reasoner failed.
    """
    judged = _Judged(graph, ())
    answer = _ask_reasoner(judged.text(()))
    if not answer["consistent"]:
        raise InputError(
            "The axioms contradict each other, so anything follows from them.",
            hint="Find the clash: check_consistency names it among suspects.",
            contradicts=True,
        )
    above: dict[URIRef, set[URIRef]] = {}
    for lower, upper in _pairs(answer["subclasses"]):
        above.setdefault(lower, set()).add(upper)
    _close(above)
    subclasses = {(low, up) for low, ups in above.items() for up in ups if low != up}
    types = set(_pairs(answer["types"]))
    types |= {(s, up) for s, kind in types for up in above.get(kind, ())}
    return Classification(
        frozenset(p for p in subclasses if (p[0], RDFS.subClassOf, p[1]) not in graph),
        frozenset(p for p in types if (p[0], RDF.type, p[1]) not in graph),
    )


def _pairs(found: Iterable[Sequence[str]]) -> Iterable[Pair]:
    nothing = {OWL.Thing, OWL.Nothing}
    for first, second in found:
        pair = URIRef(first), URIRef(second)
        if not nothing & set(pair):
            yield pair


def _close(above: dict[URIRef, set[URIRef]]) -> None:
    """Add to each class what stands above those above it."""
    grown = True
    while grown:
        grown = False
        for ups in above.values():
            before = len(ups)
            ups.update([far for up in ups for far in above.get(up, ())])
            grown = grown or len(ups) > before


class _Judged:
    """A graph and suspects, as the reasoner reads them."""

    def __init__(self, graph: Graph, suspects: Iterable[Triple]) -> None:
        self.suspects = tuple(sorted(set(suspects)))
        whole = graph
        if self.suspects:
            whole = Graph()
            whole += graph
            for triple in self.suspects:
                whole.add(triple)
        self.kept = axioms(whole)

    def text(self, suspects: Iterable[Triple]) -> str:
        """Write the graph and some of the suspects as N-Triples."""
        left_out = set(self.suspects) - set(suspects)
        return "".join(
            f"{n3(s)} {n3(p)} {n3(o)} .\n"
            for s, p, o in self.kept
            if (s, p, o) not in left_out
        )

    def clash(self) -> tuple[tuple[Triple, ...], bool]:
        """Find a smallest set of suspects that contradicts the graph (QuickXplain)."""
        end = time.monotonic() + EXPLAIN_SECONDS
        late = False

        def contradicts(suspects: Sequence[Triple]) -> bool:
            nonlocal late
            late = late or time.monotonic() > end
            # Once it is late nothing more is taken out, so the set stays a clash.
            return not late and not _ask_reasoner(self.text(suspects))["consistent"]

        def narrow(
            kept: Sequence[Triple], added: bool, open_: Sequence[Triple]
        ) -> tuple[Triple, ...]:
            if added and contradicts(kept):
                return ()
            if len(open_) == 1:
                return tuple(open_)
            half = len(open_) // 2
            first, second = tuple(open_[:half]), tuple(open_[half:])
            right = narrow((*kept, *first), True, second)
            left = narrow((*kept, *right), bool(right), first)
            return (*left, *right)

        kept = {*self.kept}
        open_ = tuple(triple for triple in self.suspects if triple in kept)
        if not open_ or contradicts(()):
            return (), True
        found = narrow((), False, open_)
        return tuple(sorted(found)), not late


def require_java() -> None:
    """Refuse to go on where the reasoner cannot run.

    Raises:
        NotSupported: there is no Java runtime, which the reasoner needs.
    """
    if shutil.which("java") is None:
        raise NotSupported(
            "The logic check needs a Java runtime, which is not installed.",
            hint="Install one, as by: apt-get install default-jre-headless",
        )


def _ask_reasoner(text: str) -> dict[str, Any]:
    """Run the child on axioms and read its answer."""
    require_java()
    with tempfile.TemporaryDirectory() as folder:
        # Our own interpreter and module; nothing of the data is an argument.
        child = subprocess.Popen(
            [sys.executable, "-m", "ropa.inference.reasoner"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            env=_environment(folder),
            start_new_session=True,
        )
        try:
            out, err = child.communicate(text.encode(), timeout=TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise LimitReached(
                f"The reasoner gave no verdict within {TIMEOUT_SECONDS} seconds.",
                hint="Check the axioms added last, or judge fewer statements at once.",
                limit="seconds",
            ) from error
        finally:
            _end(child)
    if child.returncode:
        last = err.decode("utf-8", "replace").strip().splitlines()[-1:]
        raise InternalError(
            f"The reasoner failed: {''.join(last) or 'no message'}.",
            hint="Check that the Java runtime works, as by: java -version",
        )
    return _understood(out)


def _understood(out: bytes) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(out)
    refused = answer.get("refused")
    if refused:
        raise InputError(
            f"The reasoner refuses the axioms: {refused}",
            hint="Stay within OWL 2 DL: properties of dates are annotation properties, "
            "a literal fits its datatype, a transitive property has no cardinality.",
        )
    unclear = answer.get("unclear")
    if unclear is not None:
        raise InternalError(
            f"The reasoner gave no answer that can be read: {unclear or 'nothing'}.",
            hint="Check that the Java runtime works, as by: java -version",
        )
    return answer


def _end(child: subprocess.Popen[bytes]) -> None:
    """End the child and the Java it started, which would go on without it."""
    if child.returncode is None:
        try:
            if hasattr(os, "killpg"):
                os.killpg(child.pid, signal.SIGKILL)
            else:
                child.kill()
        except (ProcessLookupError, PermissionError):
            logging.getLogger(__name__).debug("child %s had ended", child.pid)
        child.communicate()


def _environment(folder: str) -> dict[str, str]:
    """Give the child our module path and a place for the reasoner's files.

    A run is short: Java's slower compiler and several collectors cost more than they
    bring.
    """
    options = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
    return {
        **os.environ,
        "JDK_JAVA_OPTIONS": f"{os.environ.get('JDK_JAVA_OPTIONS', '')} {options}",
        "PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path),
        "TMPDIR": folder,
    }


# A conclusion that the reasoner must come to: no answer is not the same as none.
_CONCLUSION: Final = ["urn:x-ropa:low", "urn:x-ropa:high"]
# A line of HermiT's answer: SubClassOf( <a> <b> ).
_LINE: Final = re.compile(
    r"^(SubClassOf|EquivalentClasses|Type)\( ((?:<[^>]+>\s*)+) \)$", re.MULTILINE
)
# What it says of axioms that it does not take, up to its own calls.
_REFUSAL: Final = re.compile(
    r"(?:UnsupportedDatatypeException|MalformedLiteralException|"
    r"IllegalArgumentException): *(.+?)(?:\s+at\s|$)",
    re.DOTALL,
)


def _reason(text: bytes) -> dict[str, Any]:
    """Run the reasoner on N-Triples; the child's whole work.

    HermiT's own words are read, not what owlready2 makes of them: it keeps one kind
    for each IRI, and our terms are classes and individuals at once. It would also have
    the properties classified, which nobody asks for here and takes most of the time.
    """
    import owlready2

    world = owlready2.World()
    file = Path("axioms.nt").absolute()
    try:
        axioms_ = BytesIO(text + _premises().encode())
        world.get_ontology("urn:x-ropa:axioms").load(fileobj=axioms_)
        world.save(str(file), format="ntriples")
    except owlready2.OwlReadyOntologyParsingError as error:
        return {"refused": _sentence(f"{error} {error.__cause__ or ''}")}
    home = Path(owlready2.__file__).with_name("hermit")
    command = [
        owlready2.JAVA_EXE,
        f"-Xmx{MEMORY_MEGABYTES}M",
        # What it says is read as UTF-8, whatever this machine's language is.
        *(f"-D{name}.encoding=UTF-8" for name in ("file", "stdout", "sun.stdout")),
        *("-cp", os.pathsep.join((str(home), str(home / "HermiT.jar")))),
        *("org.semanticweb.HermiT.cli.CommandLine", "--classify", "--classifyIs"),
        file.as_uri(),
    ]
    ran = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - no shell
    complaint = ran.stderr.decode("utf-8", "replace")
    if not ran.returncode:
        return _read(ran.stdout.decode("utf-8", "replace"))
    if "Inconsistent ontology" in complaint:
        return {"consistent": False, "unsatisfiable": []}
    refusal = _REFUSAL.search(complaint)
    if refusal is None:
        raise RuntimeError(complaint)
    return {"refused": _sentence(refusal[1])}


def _premises() -> str:
    low, high = (f"<{name}>" for name in _CONCLUSION)
    kind = f"<{RDF.type}> <{OWL.Class}> .\n"
    return f"{low} {kind}{high} {kind}{low} <{RDFS.subClassOf}> {high} .\n"


def _sentence(words: str) -> str:
    return " ".join(words.split()).rstrip(". ") + "."


def _read(words: str) -> dict[str, Any]:
    """Read HermiT's answer."""
    found: dict[str, list[list[str]]] = {"SubClassOf": [], "Type": []}
    unsatisfiable: set[str] = set()
    nothing = str(OWL.Nothing)
    for relation, iris in _LINE.findall(words):
        names = [iri.strip("<>") for iri in iris.split()]
        if relation != "EquivalentClasses":
            found[relation].append(names)
        elif nothing in names:
            unsatisfiable |= {*names} - {nothing}
        else:
            found["SubClassOf"] += [[a, b] for a in names for b in names if a != b]
    if _CONCLUSION not in found["SubClassOf"]:
        return {"unclear": " ".join(words[:200].split())}
    found["SubClassOf"].remove(_CONCLUSION)
    return {
        "consistent": True,
        "unsatisfiable": sorted(unsatisfiable),
        "subclasses": found["SubClassOf"],
        "types": found["Type"],
    }


def _main(text: Iterable[bytes]) -> None:
    # The reasoner's wrapper prints; only the answer may reach our own output.
    answer = sys.stdout
    sys.stdout = sys.stderr
    json.dump(_reason(b"".join(text)), answer)


if __name__ == "__main__":
    _main(sys.stdin.buffer)
