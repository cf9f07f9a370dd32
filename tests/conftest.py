"""What several test modules need, and what is told where it is absent.

A test that needs more than Python is skipped with the reason and the command
that installs it; with ``ROPA_NO_SKIP=1`` (as in .ci/run) such a skip fails.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ropa.register import Register

TREE = Path(__file__).parents[1]
NO_SKIP = os.environ.get("ROPA_NO_SKIP") == "1"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure where everything is meant to be there."""
    report = yield
    if NO_SKIP and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Do the same for a whole module that skips itself."""
    report = yield
    if NO_SKIP and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{collector.nodeid} was skipped: {report.longrepr}"
    return report


def program(name: str, package: str) -> str:
    """Find a program, or skip with the command that installs it."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"needs {name}: apt-get install {package}")
    return found


def folder(variable: str, what: str) -> Path:
    """Find a folder named by the environment, or skip with what to set."""
    value = os.environ.get(variable)
    if not value or not Path(value).is_dir():
        pytest.skip(f"needs {what}: export {variable}=FOLDER")
    return Path(value)


@pytest.fixture(scope="session")
def tree() -> Path:
    """Give the root of the source tree."""
    return TREE


@pytest.fixture(scope="session")
def seeds() -> Path:
    """Give the folder of the five privacy policies, which are not in the tree."""
    return folder("ROPA_SOURCE_TEXTS", "the five source texts")


@pytest.fixture(scope="session")
def dpv_files() -> Path:
    """Give the folder of the published DPV files, which are not in the tree."""
    return folder("ROPA_DPV_FILES", "the DPV 2.3 files")


@pytest.fixture(scope="session")
def java() -> str:
    """Give the path of the Java runtime, which the OWL reasoners need."""
    return program("java", "default-jre-headless")


@pytest.fixture(scope="session")
def chromium() -> str:
    """Give the path of the browser."""
    return program("chromium", "chromium")


@pytest.fixture(scope="session")
def axe() -> str:
    """Give the source of the accessibility checker, a part only tests use."""
    script = TREE / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
    if not script.is_file():
        pytest.skip("needs axe-core: pip install -e '.[test]' (with a network)")
    return script.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def queries_read_once() -> Iterator[None]:
    """Have rdflib read the text of a query once, not for each node a rule judges.

    Reading takes most of pySHACL's time; that a query which was read is as good as
    new is proved in ``tests/ropa/test_engine.py``.
    """
    from rdflib.plugins.sparql.processor import SPARQLProcessor, prepareQuery

    read: dict[Any, Any] = {}
    ask = SPARQLProcessor.query

    def asked(
        self: Any, text: Any, given: Any = None, names: Any = None, *others: Any
    ) -> Any:
        if isinstance(text, str):
            key = (text, tuple(sorted((names or {}).items())), others)
            if key not in read:
                read[key] = prepareQuery(text, names, *others[:1])
            text = read[key]
        return ask(self, text, given, names, *others)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SPARQLProcessor, "query", asked)
        yield


@pytest.fixture(scope="session")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with the five examples, all judged; tests take copies of it.

    To judge them takes some ten seconds, to copy the folder none.
    """
    from ropa.register import Register

    place = tmp_path_factory.mktemp("judged") / "register"
    with Register.create(str(place), has_examples=True) as register:
        register.refresh_findings()
    return place


@pytest.fixture(scope="session")
def register(judged: Path) -> Iterator[Register]:
    """Open the register of the five companies in memory; tests only read it."""
    from ropa import entry, recording
    from ropa.register import Register

    with Register.open("memory:") as opened, Register.open(str(judged)) as before:
        derived = {
            name: before._store.graph(name)
            for name in before._store.graphs()
            if entry.is_derived(name)
        }
        recording.keep(opened._store, derived)
        assert opened.progress().is_over
        before.close()
        yield opened


@pytest.fixture
def examples(judged: Path, tmp_path: Path) -> Path:
    """Give a folder with the five examples that the test may change."""
    return Path(shutil.copytree(judged, tmp_path / "examples"))


@pytest.fixture
def fresh_register(examples: Path) -> Iterator[Register]:
    """Open a register of the five companies that the test may change."""
    from ropa.register import Register

    with Register.open(str(examples)) as opened:
        yield opened


OWN_BASE = "http://127.0.0.1:8000/"
# A document whose text tries what can go wrong: line breaks of every kind, markup, a
# letter beyond the first plane, passages that overlap, touch and cross lines.
OWN_TEXT = (
    "Notice <b>of</b> Mill & Co\r\n"
    "\n"
    "We sell flour \U0001f600 to <script>alert(1)</script> bakers.\r"
    "Orders are kept for ten years\n"
    "after the last one."
)
OWN_ENTRIES = """
@base <http://127.0.0.1:8000/> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix dpcat: <https://w3id.org/dpcat#> .
@prefix dpv: <https://w3id.org/dpv#> .
@prefix loc: <https://w3id.org/dpv/loc#> .
@prefix oa: <http://www.w3.org/ns/oa#> .
@prefix ropa: <https://w3id.org/ropa-kg/ontology#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .

<companies/mill> a dpv:LegalEntity ; dpv:hasName "Mill & Co" ; dpv:hasCountry loc:FR .
<companies/mill#claim-name> a ropa:Claim ; ropa:about <companies/mill> ;
    ropa:field dpv:hasName ; ropa:value "Mill & Co" ; ropa:state ropa:Stated ;
    ropa:origin ropa:Document ; ropa:level ropa:OwnLevel ; ropa:explicit true ;
    ropa:passage <sources/mill#char=17,26> , <sources/mill#char=0,26> .
<companies/mill#claim-phone> a ropa:Claim ; ropa:about <companies/mill> ;
    ropa:field ropa:phone ; ropa:state ropa:NotStated ; ropa:origin ropa:Document .
<companies/mill#record> a dpcat:ROPA ; dct:title "Record of Mill"@en ;
    dct:publisher <companies/mill> ; ropa:profile ropa:Register ;
    ropa:sourceDocument <sources/mill> .

<activities/mill/orders> a dpv:PersonalDataProcess ; dct:title "Orders"@en ;
    dct:isPartOf <companies/mill#record> ; dpv:hasDataController <companies/mill> ;
    dpv:hasPurpose <activities/mill/orders#selling> ;
    dpv:hasStorageCondition <activities/mill/orders#ten-years> .
<activities/mill/orders#selling> a dpv:Purpose ; skos:prefLabel "Selling flour"@en .
<activities/mill/orders#ten-years> a dpv:StorageCondition ; ropa:period "P10Y" .
<activities/mill/orders#claim-purpose> a ropa:Claim ;
    ropa:about <activities/mill/orders> ;
    ropa:field dpv:hasPurpose ; ropa:value <activities/mill/orders#selling> ;
    ropa:state ropa:Partial ; ropa:origin ropa:Document ; ropa:level ropa:HeadingLevel ;
    ropa:explicit false ; skos:note "Only selling is named"@en ;
    ropa:passage <sources/mill#char=29,42> .
<activities/mill/orders#claim-selling> a ropa:Claim ;
    ropa:about <activities/mill/orders> ;
    ropa:field dpv:hasPurpose ; ropa:value dpv:SellDataToThirdParties ;
    ropa:state ropa:Denied ; ropa:origin ropa:Recorded .
<activities/mill/orders#claim-period> a ropa:Claim ;
    ropa:about <activities/mill/orders#ten-years> ; ropa:field ropa:period ;
    ropa:value "P10Y" ; ropa:state ropa:Stated ; ropa:origin ropa:Document ;
    ropa:passage <sources/mill#char=82,131> , <sources/mill#char=900,901> .
<activities/mill/orders#remark-odd> a ropa:Remark ;
    ropa:about <activities/mill/orders#ten-years> ; ropa:remarkKind ropa:OpenWording ;
    ropa:article "GDPR Art. 5(1)(e)" ; skos:note "The last what?"@en ;
    ropa:passage <sources/mill#char=36,53> .

<sources/mill> a ropa:SourceDocument ; dct:title "Notice of the mill"@en ;
    dct:publisher <companies/mill> ; ropa:sha256 "{digest}" .
<sources/mill#section-head> a ropa:Section ; dct:title "Notice <b>of</b> Mill & Co"@en ;
    oa:hasSource <sources/mill> ; oa:hasSelector <sources/mill#position=0,29> ;
    ropa:firstLine 1 ; ropa:lastLine 2 .
<sources/mill#section-body> a ropa:Section ;
    skos:prefLabel "What it is about"@en , "Ce dont il s'agit"@fr ;
    oa:hasSource <sources/mill> ; oa:hasSelector <sources/mill#position=29,131> ;
    ropa:firstLine 3 ; ropa:lastLine 5 .
<sources/mill#position=0,29> a oa:TextPositionSelector ; oa:start 0 ; oa:end 29 .
<sources/mill#position=29,131> a oa:TextPositionSelector ; oa:start 29 ; oa:end 131 .
"""
OWN_PASSAGES = (
    (0, 26, 1, 1, "head", "The heading"),
    (17, 26, 1, 1, "head", "Name of the <i>company</i>"),
    (29, 42, 3, 3, "body", "Sells flour"),
    (36, 53, 3, 3, "body", "Flour, an emoji and markup"),
    (82, 131, 4, 5, "body", "Ten years"),
    (900, 901, 9, 9, "", "Beyond the text"),
)


@pytest.fixture(scope="session")
def own_text() -> bytes:
    """Give the text of the document in the register of `own_register`."""
    return OWN_TEXT.encode()


@pytest.fixture(scope="session")
def own_register(
    tmp_path_factory: pytest.TempPathFactory, own_text: bytes
) -> Iterator[Register]:
    """Open a small register of a customer: few claims, one document, a suggestion."""
    import hashlib

    from rdflib import Graph, URIRef

    from ropa.register import Register

    passages = "".join(
        f"<sources/mill#char={start},{end}> a oa:SpecificResource ; "
        f'skos:prefLabel "{words}"@en ; oa:hasSource <sources/mill> ; '
        + (f"ropa:section <sources/mill#section-{part}> ; " if part else "")
        + f"oa:hasSelector <sources/mill#position={start},{end}> ; "
        f"ropa:firstLine {first} ; ropa:lastLine {last} .\n"
        f"<sources/mill#position={start},{end}> a oa:TextPositionSelector ; "
        f"oa:start {start} ; oa:end {end} .\n"
        for start, end, first, last, part, words in OWN_PASSAGES
    )
    digest = hashlib.sha256(own_text).hexdigest()
    text = OWN_ENTRIES.replace("{digest}", digest) + passages
    suggested = Graph().parse(
        data="""
@base <http://127.0.0.1:8000/activities/mill/> .
@prefix dpv: <https://w3id.org/dpv#> .
@prefix ropa: <https://w3id.org/ropa-kg/ontology#> .
<orders> dpv:hasDataSubject dpv:Customer .
<orders#suggestion> a ropa:Claim ; ropa:about <orders> ; ropa:field dpv:hasDataSubject ;
    ropa:value dpv:Customer ; ropa:state ropa:Stated ; ropa:origin ropa:Suggested .
""",
        format="turtle",
    )
    place = tmp_path_factory.mktemp("own") / "register"
    opened = Register.create(str(place), base=OWN_BASE)
    opened.add(Graph().parse(data=text, format="turtle"), author="a tester")
    aside = URIRef(f"{OWN_BASE}activities/mill/orders/suggested")
    opened._store.write({aside: suggested})
    yield opened
    opened.close()
