"""The reasoner and the shipped classification agree, and where not this is told."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from rdflib import Graph
from rdflib.term import Literal, URIRef

from ropa import entry, kinds, proving
from ropa.cli import main
from ropa.errors import InputError, LimitReached, NotFound, NotSupported
from ropa.inference import axioms, contradictions, logic, reasoner
from ropa.register import Register
from ropa.store.base import Table
from ropa.syntax import Syntax, parse
from ropa.terms import DCT, DPV, PD, RDF, RDFS, ROPA
from tests.benchmarks import synthetic
from tests.ropa import random_entries

MILL = "https://example.org/mill/"
ORDERS, STAFF = (
    URIRef(f"{MILL}activities/mill/{name}") for name in ("orders", "staff")
)


class Entries:
    """Entries in the place of a register."""

    def __init__(self, entries: Mapping[URIRef, Graph]) -> None:
        self.entries = entries

    def select(self, text: str) -> Table:
        """Give the names of all entries."""
        assert text == proving.GRAPHS
        return Table(["graph"], [(name,) for name in self.entries])

    def read(self, iri: URIRef) -> Graph:
        """Give an entry."""
        if iri not in self.entries:
            raise NotFound(f"There is no entry {iri}.", hint="See the list.")
        return self.entries[iri]


def of(*triples: tuple[Any, Any, Any]) -> dict[URIRef, Graph]:
    """Make entries of some statements, with a second activity that is beyond doubt."""
    graph = Graph()
    for triple in (
        (ORDERS, RDF.type, DPV.PersonalDataProcess),
        (ORDERS, DCT.title, Literal("Orders", lang="en")),
        (STAFF, RDF.type, DPV.PersonalDataProcess),
        (STAFF, DPV.hasPurpose, DPV.PersonnelPayment),
        *triples,
    ):
        graph.add(triple)
    return entry.split(graph)


def made_up(activities: int) -> dict[URIRef, Graph]:
    """Give a register of the benchmark."""
    found: dict[URIRef, Graph] = {}
    text = "".join(synthetic.register(activities))
    for s, p, o, name in parse(text, Syntax.NQUADS):
        assert isinstance(name, URIRef)
        found.setdefault(name, Graph()).add((s, p, o))
    return found


def all_of(entries: Iterable[Graph]) -> list[tuple[Any, Any, Any]]:
    """Give the statements of entries."""
    return [triple for graph in entries for triple in graph]


# -- agreement -----------------------------------------------------------------------


def test_the_five_companies(java: str, register: Register) -> None:
    """HermiT finds every class that we find for any thing of the five, and no other."""
    proof = proving.prove(register, has_evidence=False)
    assert proof.agrees
    assert proof.activities == 72
    assert proof.entries > proof.activities
    assert proof.memberships == sum(proof.kinds.values()) > 300
    assert proof.kinds[ROPA.EmploymentActivity] >= 3
    assert proof.kinds[ROPA.RestrictedTransfer] >= 1


@pytest.mark.deep
def test_the_five_companies_with_their_evidence(java: str, register: Register) -> None:
    """The same with thousands of claims and passages."""
    proof = proving.prove(register)
    assert proof.agrees
    assert proof.kinds[OA_RESOURCE] > 100


OA_RESOURCE = URIRef("http://www.w3.org/ns/oa#SpecificResource")


def test_registers_made_at_random(java: str) -> None:
    """Records with own terms of every kind, and any statement of anything, agree.

    Each kind that the logic leads to is met by a thing of an entry at least once.
    """
    records = random_entries.records(60)
    wild = random_entries.statements(100, 600)
    made = made_up(50)
    proof = proving.prove(Entries({**records, **wild, **made}))
    assert proof.differences == ()
    assert proof.clashes == ()
    assert proof.activities >= 110
    assert proof.kinds.keys() >= axioms.kinds()


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(2, 6))
def test_more_registers_made_at_random(java: str, seed: int) -> None:
    """Other seeds, more statements, and portions, agree as well."""
    records = random_entries.records(150, seed)
    wild = random_entries.statements(300, 2_500, seed)
    done: list[int] = []
    proof = proving.prove(
        Entries({**records, **wild}),
        most=4_000,
        progress=lambda now, of: done.append(now),
    )
    assert proof.agrees
    assert len(done) > 1
    assert sum(done) == len(records) + len(wild)


# -- disagreement --------------------------------------------------------------------


def test_what_differs_is_told_from_both_sides(
    java: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An axiom not followed and a wrong line of the classification are found."""
    followed = [
        triple
        for triple in logic.statements()
        if triple[1:] != (RDFS.subClassOf, ROPA.EmploymentActivity)
    ]
    monkeypatch.setattr(logic, "shipped_logic", lambda: forgetful)
    forgetful = logic.Logic(followed)
    wrong = kinds._kinds() | {PD.Name: frozenset({ROPA.SpecialCategoryData})}
    monkeypatch.setattr(kinds, "_kinds", lambda: wrong)
    proof = proving.prove(Entries(of((ORDERS, DPV.hasPersonalData, PD.Name))))
    assert not proof.agrees
    assert proof.clashes == ()
    assert {(d.thing, d.kind, d.by_reasoner) for d in proof.differences} == {
        (STAFF, ROPA.EmploymentActivity, True),
        (ORDERS, ROPA.SpecialCategoryActivity, False),
        (PD.Name, ROPA.SpecialCategoryData, False),
    }
    told = {d.thing: d for d in proof.differences}
    assert told[STAFF].text == (
        "mill/staff is “Activity in employment” by the reasoner alone."
    )
    assert told[STAFF].because == ()
    assert told[ORDERS].text == (
        "Orders (mill/orders) is “Activity with special-category data” "
        "by the shipped classification alone."
    )
    assert told[ORDERS].because == (
        "Orders (mill/orders) · Kind: Processing activity",
        "Orders (mill/orders) · Personal data: Name",
        "Name · Kind: Special-category data",
    )


CLASH = (
    (ORDERS, DPV.hasPurpose, URIRef(f"{ORDERS}#sale")),
    (URIRef(f"{ORDERS}#sale"), RDF.type, DPV.Purpose),
    (URIRef(f"{ORDERS}#sale"), ROPA.contactKind, ROPA.GeneralContact),
)


def test_an_entry_that_contradicts_is_named_and_the_rest_compared(java: str) -> None:
    """The clashing statements are told in words; nothing follows from the entry."""
    proof = proving.prove(Entries(of(*CLASH)))
    (clash,) = proof.clashes
    assert clash.entries == (ORDERS,)
    assert clash.text == ("mill/orders#sale cannot be “Purpose” and “Contact” at once.")
    assert len(clash.statements) == 2
    assert any(s.endswith("Kind of contact: General contact") for s in clash.statements)
    assert clash.is_confirmed is True
    assert not proof.agrees
    assert proof.differences == ()
    assert (proof.activities, proof.entries) == (1, 1)
    assert proof.kinds[ROPA.EmploymentActivity] == 1


def test_two_names_where_there_can_be_one_are_told(
    java: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reasoner would take them for one thing, so this is a contradiction to us.

    Whether HermiT sees one depends on what else is known; it is not a difference.
    """
    monkeypatch.setattr(reasoner, "check_consistency", _nothing_wrong)
    part = URIRef(f"{ORDERS}#file")
    two = [(part, ROPA.phase, URIRef(f"{ORDERS}#{name}")) for name in ("one", "two")]
    entries = of(*two)
    del entries[STAFF]
    proof = proving.prove(Entries(entries), lang="fr")
    (clash,) = proof.clashes
    assert clash.text.startswith("mill/orders#file a deux valeurs de «\u00a0")
    assert clash.is_confirmed is False
    assert proof.differences == ()


def test_a_contradiction_that_only_the_program_finds_is_a_difference(
    java: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program is not believed where it sees a contradiction and HermiT does not."""
    monkeypatch.setattr(reasoner, "check_consistency", _nothing_wrong)
    entries = of(*CLASH)
    del entries[STAFF]
    proof = proving.prove(Entries(entries))
    (difference,) = proof.differences
    assert difference.thing == URIRef(f"{ORDERS}#sale")
    assert difference.text == (
        "mill/orders#sale: only the program finds a contradiction."
    )


def _nothing_wrong(*_: Any) -> reasoner.Verdict:
    return reasoner.Verdict(True, (), 0)


# -- what the reasoner cannot do -----------------------------------------------------


@pytest.fixture
def hermit(monkeypatch: pytest.MonkeyPatch) -> list[set[URIRef]]:
    """Put the program in HermiT's place; note what it was asked about."""
    asked: list[set[URIRef]] = []

    def classify(graph: Graph) -> reasoner.Classification:
        things = set(graph.subjects(RDF.type, DPV.PersonalDataProcess))
        asked.append(things)
        stated = set(graph.subject_objects(RDF.type))
        found = {*axioms.conclude(graph, axioms.known_of), *kinds.memberships()}
        return reasoner.Classification(frozenset(), frozenset(found - stated))

    monkeypatch.setattr(reasoner, "require_java", lambda: None)
    monkeypatch.setattr(reasoner, "classify", classify)
    return asked


def limited(
    monkeypatch: pytest.MonkeyPatch, is_refused: Callable[[Graph], Exception | None]
) -> None:
    """Have the reasoner refuse some graphs."""
    judge = reasoner.classify

    def classify(graph: Graph) -> reasoner.Classification:
        error = is_refused(graph)
        if error is not None:
            raise error
        return judge(graph)

    monkeypatch.setattr(reasoner, "classify", classify)


def late() -> LimitReached:
    """Give the error of a reasoner that ran out of time."""
    return LimitReached("No verdict in time.", hint="Ask for less.", limit="seconds")


def test_a_portion_that_takes_too_long_is_judged_in_parts(
    hermit: list[set[URIRef]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each entry is judged all the same, by as few others as needed."""
    entries = random_entries.records(8)

    def refused(graph: Graph) -> Exception | None:
        count = len(set(graph.subjects(RDF.type, DPV.PersonalDataProcess)))
        return late() if count > 3 else None

    limited(monkeypatch, refused)
    proof = proving.prove(Entries(entries))
    assert proof.agrees
    assert (proof.activities, proof.entries) == (8, len(entries))
    assert all(len(things) <= 3 for things in hermit)


def test_an_entry_that_takes_too_long_by_itself_is_named(
    hermit: list[set[URIRef]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """There the proof ends, with the name and a way out."""
    limited(
        monkeypatch,
        lambda graph: late() if (ORDERS, None, None) in graph else None,
    )
    with pytest.raises(LimitReached, match="mill/orders: No verdict") as caught:
        proving.prove(Entries(of()))
    assert caught.value.details["limit"] == "seconds"
    assert "inference itself" in caught.value.hint


def test_what_only_the_reasoner_finds_contradictory_is_narrowed_down(
    hermit: list[set[URIRef]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the program sees nothing, the reasoner's own clash is told, in words."""
    monkeypatch.setattr(contradictions, "find", lambda _: [])

    def refused(graph: Graph) -> Exception | None:
        if CLASH[2] not in graph:
            return None
        return InputError("Contradiction.", hint="", contradicts=True)

    def check(graph: Graph, suspects: Iterable[Any] = ()) -> reasoner.Verdict:
        assert (STAFF, RDF.type, DPV.PersonalDataProcess) not in set(suspects)
        assert set(CLASH) <= set(suspects)
        return reasoner.Verdict(False, (), 0, CLASH[1:])

    limited(monkeypatch, refused)
    monkeypatch.setattr(reasoner, "check_consistency", check)
    proof = proving.prove(Entries(of(*CLASH)))
    (clash,) = proof.clashes
    assert clash.entries == (ORDERS,)
    assert clash.text == "Orders (mill/orders) contradicts the ontology."
    assert len(clash.statements) == 2
    assert clash.is_confirmed is True
    assert proof.activities == 1


def test_what_the_reasoner_cannot_read_is_named(
    hermit: list[set[URIRef]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An entry that HermiT refuses for its form is told; the rest is compared."""
    limited(
        monkeypatch,
        lambda graph: (
            InputError("Refused.", hint="") if (ORDERS, None, None) in graph else None
        ),
    )
    proof = proving.prove(Entries(of()))
    (clash,) = proof.clashes
    assert clash.entries == (ORDERS,)
    assert "cannot take" in clash.text
    assert proof.activities == 1


def test_portions_keep_an_entry_whole_and_know_its_surroundings(
    hermit: list[set[URIRef]],
) -> None:
    """Thousands of entries are judged some at a time, each with what it refers to."""
    entries = made_up(24)
    done: list[int] = []
    proof = proving.prove(
        Entries(entries), most=400, progress=lambda now, of: done.append(now)
    )
    assert proof.agrees
    assert proof.entries == sum(done) == len(entries)
    assert len(hermit) == len(done) > 2
    whole = proving.prove(Entries(entries))
    assert (whole.memberships, whole.kinds) == (proof.memberships, proof.kinds)


def test_dates_and_texts_stand_in_for_what_the_reasoner_does_not_know(
    hermit: list[set[URIRef]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A text in a language makes a thing what its field says, to HermiT as to us."""
    seen: list[Graph] = []

    def kept(graph: Graph) -> Exception | None:
        seen.append(graph)
        return None

    limited(monkeypatch, kept)
    part = URIRef(f"{ORDERS}#file")
    text = Literal("As long as needed", lang="en")
    proving.prove(Entries(of((part, ROPA.criterion, text))))
    (shown,) = seen[0].objects(part, ROPA.criterion)
    assert isinstance(shown, Literal)
    assert shown.datatype is not None
    assert (part, ROPA.criterion, shown) in reasoner.axioms(seen[0])


# -- the command ---------------------------------------------------------------------


def run(*words: str) -> Any:
    """Run the command on the five."""
    return CliRunner().invoke(main, ["--store", "memory:", *words])


def test_the_command_says_that_all_agree(hermit: list[set[URIRef]]) -> None:
    """One line with figures in the language asked for; exit code 0."""
    result = run("infer", "--check", "--company", "wimi")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("17 activities, ")
    assert result.stdout.endswith(
        " classes: the reasoner and the shipped classification agree.\n"
    )
    french = run("--lang", "fr", "infer", "--check", "--company", "wimi")
    assert french.stdout.startswith("17 activités, ")
    assert len(hermit) == 2
    assert all("/wimi/" in thing for thing in hermit[-1])


def test_the_command_tells_differences_and_contradictions(
    hermit: list[set[URIRef]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Each is told with its statements, and the exit code is 1."""
    proof = proving.Proof(
        activities=3,
        entries=4,
        memberships=1234,
        kinds={ROPA.Claim: 1234},
        differences=(
            proving.Difference(ORDERS, ROPA.Claim, False, "Orders differ.", ("A: b",)),
        ),
        clashes=(proving.Clash((ORDERS,), "Orders clash.", ("C: d",), None),),
    )
    monkeypatch.setattr(proving, "prove", lambda *_, **__: proof)
    result = run("infer", "--check")
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "contradiction in mill/orders: Orders clash.",
        "  C: d",
        "  (The reasoner was not asked about this one.)",
        "Orders differ.",
        "  A: b",
        "3 activities, 1,234 memberships of 1 class that both sides find; "
        "one difference.",
        "Set aside, since anything would follow from them: 1.",
        "The proof failed, contradictions: 1.",
    ]
    french = run("--lang", "fr", "infer", "--check")
    assert french.exit_code == 1
    assert "1\u202f234 appartenances" in french.stdout


def test_without_java_the_command_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nothing is compared, and nothing is said to agree."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotSupported, match="Java"):
        proving.prove(Entries({}))
    result = run("infer", "--check")
    assert result.exit_code == NotSupported.exit_code
    assert result.stdout == ""
    assert "apt-get install" in result.stderr


def test_an_unknown_company_is_named_with_near_ones(hermit: list[set[URIRef]]) -> None:
    """A misspelt company is not taken for one without entries."""
    result = run("infer", "--check", "--company", "wimo")
    assert result.exit_code == 2
    assert "wimi" in result.stderr
    assert hermit == []
