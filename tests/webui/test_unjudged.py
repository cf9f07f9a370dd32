"""Pages and programs over entries whose findings are still being made."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from rdflib.term import URIRef

from ropa import upkeep
from ropa.register import Register
from tests.benchmarks import synthetic
from tests.ropa.test_refreshing import kept, many
from tests.webui.conftest import Asker
from webui import create_app

NOTE = {
    "en": "0 of {total} entries are judged; this page shows what is known so far.",
    "fr": "0 fiches sur {total} sont examinées\xa0; cette page montre",
}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with entries of which nothing is derived yet."""
    place = tmp_path_factory.mktemp("unjudged") / "register"
    with Register.create(str(place), base=synthetic.BASE) as opened:
        opened.add(many(), author="Ada")
        opened._store.write(dict.fromkeys(kept(opened)))
    return place


@pytest.fixture
def register(
    loaded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Register]:
    """Open a register like a server, of whose entries nothing is known yet.

    The thread does not begin, so that nothing is known until a test says so.
    """
    monkeypatch.setattr(upkeep, "_AT_ONCE", 1)
    place = shutil.copytree(loaded, tmp_path / "register")
    with Register.open(str(place)) as opened:
        monkeypatch.setattr(opened._upkeep, "_wake", lambda: None)
        opened.work_aside()
        yield opened


@pytest.fixture
def unjudged(register: Register) -> Asker:
    """A client of an application over it."""
    return Asker(create_app(register).test_client())


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("path", ["/", "/findings", "/rules", "/companies/firm-1"])
def test_a_page_says_how_far_it_is(
    register: Register, unjudged: Asker, path: str, lang: str
) -> None:
    """It is there at once, and calls nothing free of findings."""
    answer = unjudged.page(f"{path}?lang={lang}")
    assert answer.status_code == 200
    total = register.progress().total
    # The page of a company makes those of the company itself.
    done = 1 if "firm" in path else 0
    note = NOTE[lang].format(total=total).replace("0", str(done), 1)
    assert note in answer.text
    assert 'role="status"' in answer.text
    assert answer.headers["Ropa-Judged"] == f"{done}/{total}"
    assert "No findings." not in answer.text
    assert "Aucun constat." not in answer.text


def test_a_record_says_which_activities_are_not_judged(unjudged: Asker) -> None:
    """Each of them, in its row."""
    assert unjudged.page("/companies/firm-1").text.count("not judged yet") == 2


def test_the_page_of_an_activity_has_its_findings(
    register: Register, unjudged: Asker
) -> None:
    """They are made while it waits, so there is nothing to note."""
    answer = unjudged.page("/activities/firm-1/activity-1")
    assert 'id="finding-' in answer.text
    assert "Ropa-Judged" not in answer.headers
    assert register.progress().judged == 1


@pytest.mark.parametrize(
    "path", ["/findings.csv", "/findings.json", "/questions/inferred.json"]
)
def test_a_program_is_told_to_come_again(
    register: Register, unjudged: Asker, path: str
) -> None:
    """A list that lacks rows looks like any other."""
    answer = unjudged.get(path)
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    problem = answer.json
    assert problem is not None
    assert problem["code"] == "not-judged-yet"
    assert problem["judged"] == 0
    assert problem["entries"] == register.progress().total


def test_programs_may_read_how_far_it_is(register: Register, unjudged: Asker) -> None:
    """In numbers, at the address that they look at first."""
    health = unjudged.get("/healthz").json
    assert health is not None
    total = register.progress().total
    assert (health["entries"], health["judged"], health["findings"]) == (total, 0, 0)
    answer = unjudged.get("/sparql?query=ASK{GRAPH+%3Fg{%3Fs+%3Fp+%3Fo}}")
    assert answer.status_code == 200
    assert answer.headers["Ropa-Judged"] == f"0/{total}"
    rules = unjudged.get("/rules.csv").text.splitlines()
    at = rules[0].split(",").index("findings")
    assert {row.split(",")[at] for row in rules[1:] if '"' not in row} == {""}


def test_once_all_is_known_nothing_is_noted(
    register: Register, unjudged: Asker
) -> None:
    """Pages and lists are as ever."""
    register.refresh_findings(register._checkable(), is_needed=True)
    for path in ("/", "/findings", "/companies/firm-1", "/rules"):
        answer = unjudged.page(path)
        assert "entries are judged" not in answer.text
        assert "Ropa-Judged" not in answer.headers
    assert unjudged.get("/findings.csv").status_code == 200
    health = unjudged.get("/healthz").json
    assert health is not None
    assert health["judged"] == health["entries"]


def test_an_entry_that_cannot_be_judged_is_named(
    register: Register, unjudged: Asker
) -> None:
    """On pages with a link, and lists are given, with how many they tell of."""
    lost = URIRef(f"{synthetic.BASE}activities/firm-1/activity-1")
    register.refresh_findings(set(register._checkable()) - {lost}, is_needed=True)
    register._upkeep._failed[lost] = "It took more than 60 seconds."
    for path in ("/", "/findings", "/activities/firm-1/activity-1"):
        page = unjudged.page(path).text
        assert "nothing is known of them: 1." in page
        assert 'href="/activities/firm-1/activity-1' in page
        assert "No findings." not in page
        assert "entries are judged;" not in page
    answer = unjudged.get("/findings.csv")
    assert answer.status_code == 200
    total = register.progress().total
    assert answer.headers["Ropa-Judged"] == f"{total - 1}/{total}"
