"""What is made again after a change: what it needs, at any size of the register."""

from __future__ import annotations

from pathlib import Path

import pytest
from rdflib import Graph
from rdflib.term import Literal, URIRef

from ropa import entry, syntax, upkeep
from ropa.register import Register
from ropa.syntax import Syntax
from ropa.terms import DCT
from tests.benchmarks import synthetic

ACTIVITY = URIRef(f"{synthetic.BASE}activities/firm-1/activity-1")


def many() -> Graph:
    """Make a small register of several companies."""
    made = Graph()
    text = "".join(synthetic.register(6, companies=3))
    for s, p, o, _ in syntax.parse(text, Syntax.NQUADS):
        made.add((s, p, o))
    return made


def kept(register: Register) -> dict[URIRef, set[str]]:
    """Give all that is derived."""
    return {
        name: {syntax.line(*triple) for triple in register.graph(name)}
        for name in register.graphs()
        if entry.is_derived(name)
    }


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a small register whose findings were made."""
    place = tmp_path_factory.mktemp("refreshing") / "register"
    with Register.create(str(place), base=synthetic.BASE) as register:
        register.add(many(), author="Ada")
    return place


def test_after_one_change_only_that_is_looked_at(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list of all entries is not asked for, and all is as if it had been."""
    with Register.open(str(place)) as register:
        register.refresh_findings()
        changed = Graph()
        changed += register.read(ACTIVITY)
        changed.set((ACTIVITY, DCT.title, Literal("Another", lang="en")))
        with monkeypatch.context() as patch:
            patch.setattr(register._upkeep, "checkable", None)
            register.add(changed, author="Ada", replaces={register.etag(ACTIVITY)})
            supplier = f"{synthetic.BASE}organisations/supplier-1"
            gone = entry.findings_graph(URIRef(supplier))
            register._store.write({gone: None})
            register.refresh_findings()
            assert len(register.graph(gone))
        quick = kept(register)
        register._upkeep._seen = None
        register.refresh_findings()
        assert kept(register) == quick


def test_an_entry_that_was_taken_out_is_not_judged(place: Path) -> None:
    """Nothing is left beside it."""
    with Register.open(str(place)) as register:
        register.refresh_findings()
        other = URIRef(f"{synthetic.BASE}activities/firm-2/activity-2")
        register.remove(other, author="Ada", replaces={register.etag(other)})
        register.refresh_findings()
        assert not [name for name in kept(register) if str(name).startswith(other)]


def test_in_portions_the_same_is_found(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However the entries are shared out."""
    with Register.open(str(place)) as register:
        register.refresh_findings()
        wanted = kept(register)
        assert wanted
        for portion in (1, 4):
            register._store.write(dict.fromkeys(wanted))
            monkeypatch.setattr(upkeep, "_PORTION", portion)
            register.refresh_findings()
            assert kept(register) == wanted


def test_another_day_is_judged_once_until_something_is_written(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two questions on the same day read one report; a write calls for another."""
    with Register.open(str(place)) as register:
        judged: list[object] = []
        check = register.check

        def counting(*given: object, **named: object) -> object:
            judged.append(named)
            return check(*given, **named)  # type: ignore[arg-type]

        monkeypatch.setattr(register, "check", counting)
        first = register.ask("findings", as_of="2019-01-01")
        assert register.ask("findings", as_of="2019-01-01").rows == first.rows
        register.ask("questions-open", as_of="2019-01-01")
        assert len(judged) == 1
        register.ask("findings", as_of="2019-01-02")
        assert len(judged) == 2
        changed = Graph()
        changed += register.read(ACTIVITY)
        changed.set((ACTIVITY, DCT.title, Literal("Otherwise", lang="en")))
        register.add(changed, author="Ada", replaces={register.etag(ACTIVITY)})
        register.ask("findings", as_of="2019-01-02")
        assert len(judged) == 3
