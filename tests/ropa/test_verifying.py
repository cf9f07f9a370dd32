"""Whatever is altered outside of history is found, told, and led back if it can be."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from rdflib import Graph
from rdflib.term import Literal, URIRef

from ropa import entry, history, integrity, past, recording, syntax, verifying, witness
from ropa.errors import InputError, RopaError, StoreDamaged
from ropa.integrity import Fault, Verification
from ropa.store import open_store
from ropa.store.base import Store
from ropa.terms import DCT, ROPA, SKOS, XSD
from tests.ropa.recorded_register import ADA, BASE, CHANGES, LAW, make

IN_CI, IN_DEPTH = 40, 1000
FLIPS_IN_CI, FLIPS_IN_DEPTH = 25, 300


@pytest.fixture(scope="module")
def text() -> bytes:
    """Give the whole register as N-Quads, the default graph with it."""
    store = make()
    dumped: bytes = store._engine.dump(format=ox.RdfFormat.N_QUADS)  # type: ignore[attr-defined]
    return dumped


@pytest.fixture(scope="module")
def notes(text: bytes) -> list[str]:
    """Give what a witness beside that register would have noted."""
    store = copy_of(text)
    graphs = (store.graph(history.change_iri(BASE, n)) for n in range(1, CHANGES + 1))
    digests = [str(next(graph.objects(None, ROPA.changeDigest))) for graph in graphs]
    return [witness.line(number, one) for number, one in enumerate(digests, start=1)]


def copy_of(text: bytes) -> Store:
    """Make a store that holds what was dumped."""
    store = open_store("memory:", in_union=entry.is_stated)
    store._engine.load(text, ox.RdfFormat.N_QUADS)  # type: ignore[attr-defined]
    return store


def verified(
    store: Store, notes: list[str] | None = None, **given: Any
) -> Verification:
    """Go through a register."""
    return verifying.verify(store, BASE, notes=notes, **given).verification


def kinds(found: Verification) -> set[str]:
    """Name the kinds of what was found."""
    return {fault.kind.rpartition("#")[2] for fault in found.faults}


# -- a register that nobody altered ----------------------------------------------------


def test_an_untouched_register_is_intact(text: bytes, notes: list[str]) -> None:
    """Sixty changes of every sort, and nothing is found."""
    found = verified(copy_of(text), notes)
    assert found.faults == ()
    assert found.changes == CHANGES
    assert found.digest == notes[-1].split()[1]
    assert found.witnessed == (1, CHANGES)
    store = copy_of(text)
    stand = [n for n in store.graphs() if history.is_kept_whole(n)]
    assert found.entries == sum(not entry.is_of_answers(name) for name in stand)


def test_an_empty_register_is_intact() -> None:
    """Before the first change there is nothing to be wrong."""
    found = verified(open_store("memory:", in_union=entry.is_stated), [])
    assert (found.faults, found.changes, found.digest) == ((), 0, "")


def test_what_the_store_writes_otherwise_is_no_fault() -> None:
    """Numbers, durations and languages, in entries and in what follows from them."""
    store = open_store("memory:", in_union=entry.is_stated)
    name = URIRef(f"{BASE}activities/mill/odd")
    graph = Graph()
    for value in (
        Literal("01.50", datatype=XSD.decimal, normalize=False),
        Literal("PT72H", datatype=XSD.duration, normalize=False),
        Literal("2026-03-01T12:00:00.500+00:00", datatype=XSD.dateTime),
        Literal("Work", lang="en-GB"),
        Literal("a bell \a, \b and \f, \u2028 and \U0001f600"),
    ):
        graph.add((name, SKOS.note, value))
    inferred = entry.inferred_graph(name)
    follows = Graph()
    follows += graph
    recording.record(store, BASE, {name: graph}, ADA, beside={inferred: follows})
    assert verified(store).faults == ()
    recording.keep(store, {inferred: store.graph(inferred)})
    assert verified(store).faults == ()


def test_what_is_told_comes_back_from_json(text: bytes) -> None:
    """Through a server a fault is the same value."""
    store = copy_of(text)
    engine(store).remove_graph(ox.NamedNode(str(LAW)))
    found = verified(store, noted="sha256:" + "0" * 64)
    assert {"PackageAltered", "UnionDiffers", "HeadUnknown"} == kinds(found)
    assert Verification.from_json(found.as_json()) == found


def test_every_kind_of_fault_has_its_words() -> None:
    """A label and a meaning, in English and in French."""
    for kind in integrity._words():
        values = Fault(kind).as_values()
        assert {*values["label"], *values["meaning"]} == {"en", "fr"}, kind


# -- a digest that somebody noted down -------------------------------------------------


def test_a_noted_digest_is_found_in_the_chain(text: bytes, notes: list[str]) -> None:
    """Whole, or its first digits."""
    digest = notes[11].split()[1]
    for noted in (digest, digest[7:], digest[7:19].upper()):
        found = verified(copy_of(text), noted=noted)
        assert (found.noted_change, found.faults) == (12, ())


def test_a_noted_digest_that_is_gone_is_a_fault(text: bytes) -> None:
    """History was cut or replaced since."""
    assert kinds(verified(copy_of(text), noted="a" * 64)) == {"HeadUnknown"}


@pytest.mark.parametrize("noted", ["abc", "sha256:xyz", "a" * 65])
def test_what_is_no_digest_is_refused(text: bytes, noted: str) -> None:
    """With the form it should have."""
    with pytest.raises(InputError, match="no digest"):
        verified(copy_of(text), noted=noted)


# -- single alterations ----------------------------------------------------------------


def engine(store: Store) -> Any:
    """Reach below everything that would record a change."""
    return store._engine  # type: ignore[attr-defined]


def sort_of(name: str) -> str:
    """Tell what sort of graph a name is of."""
    if name.endswith("/changes/newest"):
        return "newest"
    for suffix in ("added", "removed", "inferred", "findings", "answers"):
        if name.endswith("/" + suffix):
            return suffix
    if "/changes/" in name:
        return "header"
    return "package" if name.startswith(entry.PROJECT) else "entry"


def graphs_by_sort(store: Store) -> dict[str, list[Any]]:
    """Sort the graphs of a register; the default graph is one of its own."""
    found: dict[str, list[Any]] = {"default": [ox.DefaultGraph()]}
    for name in store.graphs():
        found.setdefault(sort_of(name), []).append(ox.NamedNode(str(name)))
    return found


def quads(store: Store, graph: Any) -> list[Any]:
    """List the statements of a graph, always in the same order."""
    return sorted(engine(store).quads_for_pattern(None, None, None, graph), key=str)


def altered(term: Any, chance: random.Random) -> Any:
    """Give a term that is a little different."""
    mark = str(chance.randrange(10))
    if isinstance(term, ox.NamedNode):
        return ox.NamedNode(term.value + mark)
    if term.language:
        return ox.Literal(term.value + mark, language=term.language)
    if "integer" in term.datatype.value or "string" in term.datatype.value:
        return ox.Literal(term.value + mark, datatype=term.datatype)
    return ox.Literal(mark)


def remove_one(store: Store, graph: Any, chance: random.Random) -> None:
    """Take a statement out."""
    engine(store).remove(chance.choice(quads(store, graph)))


def add_one(store: Store, graph: Any, chance: random.Random) -> None:
    """Put a statement in: something new, or one from somewhere else."""
    held = {(q.subject, q.predicate, q.object) for q in quads(store, graph)}
    others = [
        quads(store, ox.NamedNode(str(n))) for n in chance.sample(store.graphs(), 3)
    ]
    model = chance.choice([quad for some in others for quad in some])
    new = (model.subject, model.predicate, model.object)
    if new in held or chance.random() < 0.5:
        new = (model.subject, model.predicate, ox.Literal(f"new {chance.random()}"))
    engine(store).add(ox.Quad(*new, graph))


def alter_one(store: Store, graph: Any, chance: random.Random) -> None:
    """Change subject, property or value of a statement."""
    quad = chance.choice(quads(store, graph))
    parts = [quad.subject, quad.predicate, quad.object]
    which = chance.randrange(3)
    parts[which] = altered(parts[which], chance)
    engine(store).remove(quad)
    engine(store).add(ox.Quad(*parts, graph))


def move(store: Store, old: Any, new: Any) -> None:
    """Give a graph another name."""
    engine(store).update(f"MOVE SILENT GRAPH {old} TO GRAPH {new}")


def rename_one(store: Store, graph: Any, chance: random.Random) -> None:
    """Give a graph another name, of its own sort or of another."""
    name = str(graph.value)
    endings = ("0", "/added", "/findings", "/answers", "x")
    move(store, graph, ox.NamedNode(name + chance.choice(endings)))


def drop_one(store: Store, graph: Any, chance: random.Random) -> None:
    """Take a whole graph away."""
    engine(store).update(f"DROP GRAPH {graph}")


def whole(number: int) -> list[Any]:
    """Name the graphs of a change."""
    iri = history.change_iri(BASE, number)
    names = (iri, history.added_graph(iri), history.removed_graph(iri))
    return [ox.NamedNode(str(name)) for name in names]


def swap_two(store: Store, _: Any, chance: random.Random) -> None:
    """Give two changes each other's place, with what they added and removed."""
    one, other = chance.sample(range(1, CHANGES + 1), 2)
    for here, there in zip(whole(one), whole(other), strict=True):
        spare = ox.NamedNode("urn:x-ropa:spare")
        move(store, here, spare)
        move(store, there, here)
        move(store, spare, there)


def drop_change(store: Store, _: Any, chance: random.Random) -> None:
    """Take a change away with what it added and removed."""
    for graph in whole(chance.randrange(1, CHANGES + 1)):
        engine(store).update(f"DROP SILENT GRAPH {graph}")


def cut_end(store: Store, _: Any, chance: random.Random) -> None:
    """Undo the last changes so well that the rest is a register that once was."""
    last = past.head(store, BASE).number - chance.randrange(1, 4)
    state = past.register_at(store, BASE, last)
    # The package's own change was the last.
    law = Graph().add((LAW, DCT.title, Literal("Invented act", lang="en")))
    after: dict[URIRef, Graph | None] = {LAW: law}
    for name in store.graphs():
        if history.is_kept_whole(name) and name not in state.graphs:
            after[name] = None
        if entry.is_derived(name) and URIRef(name.rpartition("/")[0]) in state.moved:
            after[name] = None
    for name, lines in state.graphs.items():
        after[name] = syntax.graph(lines)
    newest = Graph()
    newest.add(
        (URIRef(f"{BASE}changes"), ROPA.newestChange, history.change_iri(BASE, last))
    )
    after[history.newest_graph(BASE)] = newest
    for number in range(last + 1, CHANGES + 1):
        after.update({URIRef(graph.value): None for graph in whole(number)})
    store.write(after)


SORTS = (
    *("entry", "answers", "header", "added", "removed", "newest", "default"),
    *("package", "inferred", "findings"),
)
# Findings and what follows may be missing: they are made again. The default graph has
# no name to lose.
DROPPED = tuple(
    sort for sort in SORTS if sort not in ("default", "inferred", "findings")
)
RENAMED = tuple(sort for sort in SORTS if sort != "default")
Alteration = Callable[[Store, Any, random.Random], None]
ALTERATIONS: list[tuple[Alteration, str]] = [
    *((way, sort) for sort in SORTS for way in (remove_one, add_one, alter_one)),
    *((rename_one, sort) for sort in RENAMED),
    *((drop_one, sort) for sort in DROPPED),
    *((way, "") for way in (swap_two, drop_change, cut_end)),
]


def alter(store: Store, number: int) -> str:
    """Make one alteration; the same number makes the same one."""
    chance = random.Random(number)
    way, sort = ALTERATIONS[number % len(ALTERATIONS)]
    graph = chance.choice(graphs_by_sort(store)[sort]) if sort else None
    before = engine(store).dump(format=ox.RdfFormat.N_QUADS)
    way(store, graph, chance)
    after = engine(store).dump(format=ox.RdfFormat.N_QUADS)
    assert sorted(before.split(b"\n")) != sorted(after.split(b"\n"))
    return f"{way.__name__} {sort}"


def find_all(numbers: range, text: bytes, notes: list[str]) -> Counter[str]:
    """Make alterations, one at a time, and count those that are not found."""
    missed: Counter[str] = Counter()
    for number in numbers:
        store = copy_of(text)
        what = alter(store, number)
        if not verified(store, notes).faults:
            missed[f"{what} {number}"] += 1
    return missed


def test_single_alterations_are_found(text: bytes, notes: list[str]) -> None:
    """Each way of altering, in each sort of graph, and whole changes."""
    count = max(IN_CI, len(ALTERATIONS))
    assert not find_all(range(count), text, notes)


@pytest.mark.deep
def test_a_thousand_alterations_are_found(text: bytes, notes: list[str]) -> None:
    """The same with other choices."""
    assert not find_all(range(IN_DEPTH), text, notes)


def test_lost_changes_are_found_by_the_witness_alone(
    text: bytes, notes: list[str]
) -> None:
    """A register that once was is in itself as it should be."""
    store = copy_of(text)
    cut_end(store, None, random.Random(1))
    assert kinds(verified(store)) == set()
    assert kinds(verified(store, notes)) == {"WitnessAhead"}


def test_a_history_written_anew_is_found_by_the_witness(
    text: bytes, notes: list[str]
) -> None:
    """The last change told otherwise, with a new digest that is right."""
    store, iri = copy_of(text), history.change_iri(BASE, CHANGES)
    graph = store.graph(iri)
    graph.set((iri, ROPA.author, Literal("Mallory")))
    digest = history.change_digest(iri, graph)
    graph.set((iri, ROPA.changeDigest, Literal(digest)))
    store.write({iri: graph})
    assert kinds(verified(store)) == set()
    found = verified(store, notes)
    assert [(fault.kind, fault.change, fault.found) for fault in found.faults] == [
        (ROPA.WitnessDiffers, CHANGES, digest)
    ]


def test_a_witness_that_was_altered_is_a_fault(text: bytes, notes: list[str]) -> None:
    """A line missing between others, or none at all."""
    assert kinds(verified(copy_of(text), notes[:7] + notes[8:])) == {"WitnessDamaged"}
    assert kinds(verified(copy_of(text), [*notes, "hello"])) == {"WitnessDamaged"}


def test_a_witness_that_was_taken_away_or_cut_is_a_fault(
    text: bytes, notes: list[str]
) -> None:
    """Emptied, cut at an end or at the beginning; what it lacks is told."""
    for left, lacking in (([], "1-60"), (notes[:40], "41-60"), (notes[59:], "1-59")):
        (fault,) = verified(copy_of(text), left).faults
        assert (fault.kind, fault.expected) == (ROPA.WitnessMissing, lacking)
        assert fault.can_be_rebuilt


def test_a_witness_that_a_crash_left_behind_is_no_fault(
    text: bytes, notes: list[str]
) -> None:
    """The last lines come after the changes, one by one; all of them only for one."""
    for behind in range(1, witness.MOST_BEHIND + 1):
        assert verified(copy_of(text), notes[:-behind]).faults == ()
    store = make(changes=2)
    first = verified(store, [])
    assert (first.changes, kinds(first)) == (2, {"WitnessMissing"})
    cut_end(store, None, random.Random(1))
    assert (verified(store, []).changes, verified(store, []).faults) == (1, ())


@pytest.mark.parametrize("place", [0, 6, CHANGES - 2])
@pytest.mark.parametrize("way", ["digest", "number", "nonsense", "repeated"])
def test_one_altered_line_is_one_fault_of_the_log(
    text: bytes, notes: list[str], place: int, way: str
) -> None:
    """Later lines agree with history, so history was not altered there."""
    number, digest = notes[place].split()
    altered = {
        "digest": f"{number} {digest[:-4]}{'0123' if digest[-4] != '0' else '3210'}",
        "number": f"{int(number) + 2} {digest}",
        "nonsense": "?",
        "repeated": f"{notes[place]} {notes[place]}",
    }[way]
    (fault,) = verified(
        copy_of(text), [*notes[:place], altered, *notes[place + 1 :]]
    ).faults
    assert fault.is_of_log
    assert fault.can_be_rebuilt
    is_digest = way == "digest"
    assert fault.kind == (ROPA.WitnessAltered if is_digest else ROPA.WitnessDamaged)
    if is_digest:
        assert (fault.change, fault.found) == (place + 1, digest)


def test_a_digest_noted_elsewhere_tells_log_and_history_apart(
    text: bytes, notes: list[str]
) -> None:
    """Where the last line differs, either may be right; an older digest is no proof."""
    digest = notes[-1].split()[1]
    altered = [*notes[:-1], witness.line(CHANGES, f"sha256:{'0' * 64}")]
    store = copy_of(text)
    (fault,) = verified(store, altered).faults
    assert (fault.kind, fault.can_be_rebuilt) == (ROPA.WitnessDiffers, False)
    earlier = verified(store, altered, noted=notes[-2].split()[1])
    assert kinds(earlier) == {"WitnessDiffers"}
    assert kinds(verified(store, altered, noted=digest)) == {"WitnessAltered"}
    with pytest.raises(StoreDamaged, match="one of the two is wrong"):
        verifying.rebuild(store, verifying.verify(store, BASE, notes=altered))


def test_of_a_history_that_is_not_intact_no_line_is_said_to_be_wrong(
    text: bytes, notes: list[str]
) -> None:
    """The digest that a change bears was altered: the log may be what is right."""
    store, iri = copy_of(text), history.change_iri(BASE, 20)
    graph = store.graph(iri)
    graph.set((iri, ROPA.changeDigest, Literal(f"sha256:{'0' * 64}")))
    store.write({iri: graph})
    found = kinds(verified(store, notes))
    assert {"ChangeAltered", "WitnessDiffers"} <= found
    assert "WitnessAltered" not in found


def test_a_fault_says_what_differs(text: bytes) -> None:
    """The statement that is missing and the one in its place, with graph and entry."""
    store = copy_of(text)
    name = next(name for name in store.graphs() if sort_of(name) == "entry")
    titles = store.select(f"SELECT ?t WHERE {{ GRAPH <{name}> {{ ?s dct:title ?t }} }}")
    graph = ox.NamedNode(str(name))
    quad = next(q for q in quads(store, graph) if q.predicate.value == str(DCT.title))
    engine(store).remove(quad)
    new = ox.Quad(quad.subject, quad.predicate, ox.Literal("Mine"), graph)
    engine(store).add(new)
    fault, of_union = verified(store).faults
    assert (fault.kind, fault.graph, fault.entry) == (ROPA.EntryAltered, name, name)
    assert (fault.missing.number, fault.surplus.number) == (1, 1)
    assert str(titles.rows[0][0]) in fault.missing.told[0]
    assert '"Mine"' in fault.surplus.told[0]
    assert of_union.kind == ROPA.UnionDiffers


# -- leading back to what history says -------------------------------------------------


STANDING = ("entry", "answers", "default", "inferred", "findings")


@pytest.mark.parametrize("sort", STANDING)
@pytest.mark.parametrize("way", [remove_one, add_one, alter_one])
def test_what_stands_is_led_back_to_history(
    text: bytes, way: Alteration, sort: str
) -> None:
    """Entries, answers and the default graph are as before, and nothing is recorded."""
    chance = random.Random(f"{way.__name__} {sort}")
    store = copy_of(text)
    graph = chance.choice(graphs_by_sort(store)[sort])
    way(store, graph, chance)
    found = verifying.verify(store, BASE)
    assert found.verification.faults
    verifying.rebuild(store, found)
    again = verified(store)
    assert again.faults == ()
    assert again.changes == CHANGES
    kept = {*text.split(b"\n")}
    stand = {*engine(store).dump(format=ox.RdfFormat.N_QUADS).split(b"\n")}
    assert stand <= kept
    assert all(b"/inferred" in line or b"/findings" in line for line in kept - stand)


def test_graphs_that_history_does_not_know_are_taken_away(text: bytes) -> None:
    """They are named among what was put right."""
    store, name = copy_of(text), URIRef(f"{BASE}activities/mill/mine")
    store.write({name: Graph().add((name, DCT.title, Literal("Mine")))})
    found = verifying.verify(store, BASE)
    assert kinds(found.verification) == {"GraphUnknown"}
    assert verifying.rebuild(store, found) == (name,)
    assert (verified(store).faults, len(store.graph(name))) == ((), 0)


def test_nothing_is_built_from_a_history_that_was_altered(text: bytes) -> None:
    """What stands may be all that is left."""
    store = copy_of(text)
    remove_one(store, whole(7)[0], random.Random(1))
    before = engine(store).dump(format=ox.RdfFormat.N_QUADS)
    with pytest.raises(StoreDamaged, match="nothing was written"):
        verifying.rebuild(store, verifying.verify(store, BASE))
    assert engine(store).dump(format=ox.RdfFormat.N_QUADS) == before


def test_a_law_that_the_package_no_longer_has_stays_a_fault(text: bytes) -> None:
    """Only its digest was kept, so only a backup has it."""
    store = copy_of(text)
    remove_one(store, ox.NamedNode(str(LAW)), random.Random(1))
    verifying.rebuild(store, verifying.verify(store, BASE))
    assert kinds(verified(store)) == {"PackageAltered"}


# -- bytes of a closed folder ----------------------------------------------------------


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with the store of a register that nobody has open."""
    place = tmp_path_factory.mktemp("closed") / "store"
    make(place, changes=30).close()
    return place


def dumped(store: Store) -> list[bytes]:
    """Give all that is kept in named graphs, in order."""
    return sorted(b"".join(store.dump()).split(b"\n"))


def outcome(place: Path, before: list[bytes]) -> str:
    """Tell what somebody notices who opens a folder and verifies it."""
    try:
        store = open_store(place, in_union=entry.is_stated)
    except RopaError as error:
        assert error.exit_code == 3
        assert error.hint
        return "opening fails"
    try:
        try:
            witness.agree(store, BASE)
            with store.held() as held:
                found = verified(held, store.notes.lines() if store.notes else None)
        except RopaError as error:
            assert error.exit_code == 3
            assert error.hint
            return "reading fails"
        if found.faults:
            return "found"
        return "as before" if dumped(store) == before else "MISSED"
    finally:
        store.close()


def flip_all(numbers: range, closed: Path, scratch: Path) -> Counter[str]:
    """Flip bytes, one at a time, and count what came of it."""
    store = open_store(closed, in_union=entry.is_stated)
    before = dumped(store)
    store.close()
    counted: Counter[str] = Counter()
    for number in numbers:
        chance = random.Random(number)
        place = scratch / "copy"
        shutil.copytree(closed, place)
        files = sorted(
            path for path in place.rglob("*") if path.is_file() and path.stat().st_size
        )
        # Files of the engine that hold statements are large; each file has its turn.
        path = chance.choice(files)
        data = bytearray(path.read_bytes())
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        path.write_bytes(data)
        came = outcome(place, before)
        counted[came] += 1
        if came == "MISSED":
            counted[f"MISSED {path.name} {number}"] += 1
        shutil.rmtree(place)
    return counted


def test_flipped_bytes_lose_nothing_unseen(closed: Path, tmp_path: Path) -> None:
    """Opening fails clearly, or the fault is found, or all is as before."""
    counted = flip_all(range(FLIPS_IN_CI), closed, tmp_path)
    assert counted["MISSED"] == 0, counted
    assert counted.total() == FLIPS_IN_CI


@pytest.mark.deep
def test_many_flipped_bytes_lose_nothing_unseen(closed: Path, tmp_path: Path) -> None:
    """The same with other bytes."""
    counted = flip_all(range(1000, 1000 + FLIPS_IN_DEPTH), closed, tmp_path)
    assert counted["MISSED"] == 0, counted
