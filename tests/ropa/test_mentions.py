"""What is told to the rules of the organisations that other entries name."""

from __future__ import annotations

from datetime import date

import pytest
from rdflib import Graph
from rdflib.term import Literal, Node, URIRef

from ropa import (
    checking,
    entry,
    history,
    mentions,
    saving,
    syntax,
    validation,
    vocabulary,
)
from ropa.store import MEMORY, open_store
from ropa.store.base import Store, Table
from ropa.terms import DCT, DPV, GDPR, LOC, RDF, ROPA

BASE = "http://example.org/"
VENDOR = URIRef(f"{BASE}organisations/vendor")
Statement = tuple[URIRef, URIRef, Node]


def activity(number: int) -> URIRef:
    """Name an activity."""
    return URIRef(f"{BASE}activities/x/a{number}")


def recipient(number: int, *countries: Node) -> list[Statement]:
    """State the vendor as the recipient of an activity."""
    name = activity(number)
    part = URIRef(f"{name}#recipient")
    return [
        (name, RDF.type, DPV.PersonalDataProcess),
        (name, DCT.title, Literal(f"Activity {number}", lang="en")),
        (name, DPV.hasRecipient, part),
        (part, ROPA.organisation, VENDOR),
        *((part, DPV.hasCountry, country) for country in countries),
    ]


def transfer(
    number: int, country: Node, tool: Node, *, by_part: bool
) -> list[Statement]:
    """State the vendor as the importer of a transfer, or by a part that names it."""
    name = activity(number)
    part, importer = URIRef(f"{name}#transfer"), URIRef(f"{name}#importer")
    return [
        (name, DCT.title, Literal(f"Activity {number}", lang="en")),
        (part, DPV.hasDataImporter, importer if by_part else VENDOR),
        *([(importer, ROPA.organisation, VENDOR)] if by_part else []),
        (part, DPV.hasThirdCountry, country),
        (part, DPV.hasLegalBasis, tool),
    ]


def graph(statements: list[Statement]) -> Graph:
    """Make a graph."""
    made = Graph()
    for statement in statements:
        made.add(statement)
    return made


def stored(*statements: list[Statement]) -> Store:
    """Make a store of entries."""
    store = open_store(MEMORY, in_union=entry.is_stated)
    store.write(dict(entry.split(s for some in statements for s in some)))
    return store


def told(found: Graph) -> set[tuple[Node | None, ...]]:
    """List what is said of the mentions in which an organisation has a role."""
    return {
        (
            found.value(node, ROPA.mentionOf),
            role,
            found.value(node, ROPA.mentionedCountry),
            found.value(node, ROPA.mentionedTool),
            frozenset(found.objects(node, ROPA.mentionedIn)),
        )
        for node, role in found.subject_objects(ROPA.mentionedAs)
    }


def test_a_vendor_is_told_with_its_countries_and_tools_elsewhere() -> None:
    """Recipients and transfers of other entries are told, each way of them once."""
    store = stored(
        recipient(1, LOC.IE),
        recipient(2, LOC.IE),
        recipient(3),
        transfer(4, LOC.US, GDPR["A46-2-c"], by_part=False),
        transfer(5, LOC.IN, GDPR["A46-2-c"], by_part=True),
    )
    data = graph(recipient(9, LOC.US))
    found = mentions.gather(data, store.select)
    tool = GDPR["A46-2-c"]
    assert told(found) == {
        (VENDOR, DPV.Recipient, LOC.IE, None, frozenset({activity(1), activity(2)})),
        (VENDOR, DPV.Recipient, None, None, frozenset({activity(3)})),
        (VENDOR, DPV.CrossBorderTransfer, LOC.US, tool, frozenset({activity(4)})),
        (VENDOR, DPV.CrossBorderTransfer, LOC.IN, tool, frozenset({activity(5)})),
    }
    assert found.value(activity(3), DCT.title) == Literal("Activity 3", lang="en")


def test_what_is_checked_stands_in_for_what_the_register_has_of_it() -> None:
    """An older state of the entry is not told, and of one entry not its new state."""
    store = stored(recipient(1, LOC.IE), recipient(2, LOC.FR))
    found = mentions.gather(graph(recipient(1, LOC.US)), store.select)
    assert {row[2] for row in told(found)} == {LOC.FR}


def test_entries_checked_together_are_told_to_each_other() -> None:
    """Where several entries are checked, what each says is told as well."""
    data = graph([*recipient(1, LOC.IE), *recipient(2, LOC.US)])
    found = mentions.gather(data, stored(recipient(3, LOC.US)).select)
    assert told(found) == {
        (VENDOR, DPV.Recipient, LOC.IE, None, frozenset({activity(1)})),
        (VENDOR, DPV.Recipient, LOC.US, None, frozenset({activity(2), activity(3)})),
    }


def test_a_contact_is_no_recipient() -> None:
    """An organisation that somebody works for receives nothing by that."""
    contact = URIRef(f"{activity(1)}#contact")
    store = stored([(contact, ROPA.organisation, VENDOR)])
    assert not told(mentions.gather(graph(recipient(9, LOC.US)), store.select))


@pytest.mark.parametrize(
    ("way", "said"),
    [
        (ROPA.registrationNumber, ROPA.mentionedNumber),
        (DPV.hasName, ROPA.mentionedName),
    ],
)
def test_companies_of_one_number_or_name_are_told(way: URIRef, said: URIRef) -> None:
    """The other company is told with its name; the person of that name is not."""
    mine, other = URIRef(f"{BASE}companies/x"), URIRef(f"{BASE}companies/y")
    same = Literal("424 761 419")
    store = stored(
        [(other, way, same), (other, DPV.hasName, Literal("Other"))],
        [(URIRef(f"{BASE}companies/z#person"), way, same)],
        [(URIRef(f"{BASE}companies/w"), way, Literal("999"))],
    )
    found = mentions.gather(graph([(mine, way, same)]), store.select)
    nodes = list(found.subjects(said, same))
    assert {found.value(node, ROPA.mentionOf) for node in nodes} == {mine, other}
    assert (other, DPV.hasName, Literal("Other")) in found
    alone = mentions.gather(graph([(mine, way, Literal("1"))]), store.select)
    assert not len(alone)


@pytest.mark.parametrize("number", [10, 10_000])
def test_the_cost_does_not_grow_with_the_register(number: int) -> None:
    """However often a vendor is named, and each time otherwise, as much is read."""
    lines = {
        activity(one): [
            syntax.line(*statement)
            for statement in recipient(one, URIRef(f"{BASE}country/{one}"))
            if statement[1] != DCT.title
        ]
        for one in range(number)
    }
    store = open_store(MEMORY, in_union=entry.is_stated)
    store.load_lines(lines)
    queries: list[int] = []

    def select(text: str) -> Table:
        table = store.select(text)
        queries.append(len(table.rows))
        return table

    mentions.gather(graph(recipient(number + 1, LOC.US)), select)
    look_ups, names = queries[0], queries[1:]
    assert look_ups == min(number, mentions.MOST_MENTIONS)
    assert len(names) <= 1 + mentions.MOST_MENTIONS / 20
    assert sum(names) == 0


def test_a_check_sees_what_other_entries_say(monkeypatch: pytest.MonkeyPatch) -> None:
    """The facts reach the rules, with the labels of the countries they name."""
    bodies: list[bytes] = []

    def call(_: str, __: object, body: bytes, **___: object) -> tuple[object, bytes]:
        bodies.append(body)
        empty = validation.Report([], as_of=date(2026, 11, 22))
        return {}, empty.to_json()

    monkeypatch.setattr("ropa.bounded.call", call)
    monkeypatch.setattr("ropa.inferring.infer", lambda *_, **__: {})
    data = graph(recipient(9, LOC.US))
    checking.review(
        stored(recipient(1, LOC.IE)),
        vocabulary.load(),
        {activity(9): data},
        as_of=date(2026, 11, 22),
    )
    _, _, context = bodies[0].partition(b"\x00")
    text = context.decode()
    assert f"{ROPA.mentionedCountry.n3()} {LOC.IE.n3()}" in text
    assert '"Ireland"@en' in text
    assert "Activity 1" in text


def test_others_are_looked_at_again_when_an_entry_says_something_else() -> None:
    """Those that name the vendor, not those that name another one, and not itself."""
    other = URIRef(f"{BASE}organisations/other")
    stranger = URIRef(f"{activity(4)}#recipient")
    store = stored(
        recipient(1, LOC.IE),
        transfer(2, LOC.US, GDPR["A46-2-c"], by_part=True),
        recipient(3, LOC.IE),
        [
            (activity(4), DPV.hasRecipient, stranger),
            (stranger, ROPA.organisation, other),
        ],
    )
    old, new = graph(recipient(3, LOC.IE)), graph(recipient(3, LOC.US))
    assert mentions.affected(old, new, store.select) == {activity(1), activity(2)}
    assert mentions.affected(old, Graph(), store.select) == {activity(1), activity(2)}
    assert mentions.affected(old, old, store.select) == set()


def test_saving_takes_away_what_is_no_longer_known() -> None:
    """The kept findings of the other entry go, and are made when they are asked for."""
    company = URIRef(f"{BASE}companies/x")
    number = Literal("424 761 419")
    store = stored([(company, RDF.type, DPV.LegalEntity)])
    kept = entry.findings_graph(company)
    other = graph([(company, ROPA.registrationNumber, number)])
    report = graph([(kept, RDF.type, DPV.Process)])
    store.write({company: other, kept: report})
    new = URIRef(f"{BASE}organisations/y")
    saving.add(
        store,
        vocabulary.load(),
        {
            new: graph(
                [
                    (new, RDF.type, DPV.Organisation),
                    (new, DPV.hasName, Literal("Y")),
                    (new, ROPA.registrationNumber, number),
                ]
            )
        },
        base=BASE,
        author=history.Author.person("A person"),
        reason="",
        as_of=date(2026, 11, 22),
    )
    assert not len(store.graph(kept))
    assert len(store.graph(entry.findings_graph(new)))
