"""Shapes that a user adds: what is let in, what is refused, and what they find."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from rdflib import Graph
from rdflib.term import Literal, URIRef

from ropa import checking, guests, rules, syntax, validation
from ropa.cli import main
from ropa.errors import FormatError, LimitReached, ShapeRefused
from ropa.formats import rdf
from ropa.served import Served
from ropa.terms import DCT, DPV, PREFIXES, RDF, SH

BASE = "http://example.org/"
AS_OF = date(2026, 11, 22)
HEAD = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items())
HEAD += f"@prefix ex: <{BASE}shapes#> .\n"
FIRST_LINE = HEAD.count("\n") + 1
ACTIVITY = URIRef(f"{BASE}activities/x/a")
TARGET = "ex:A sh:targetClass dpv:PersonalDataProcess"
TITLE = "sh:property [ sh:path dct:title ; {} ] ."


def shapes(text: str) -> Graph:
    """Read shapes, with their blank nodes."""
    graph = Graph()
    for s, p, o, _ in syntax.parse(HEAD + text, syntax.Syntax.TURTLE, base=BASE):
        graph.add((s, p, o))
    return graph


def admitted(text: str) -> guests.Guests:
    """Let shapes in."""
    return guests.admit(shapes(text), lambda _, __: "")


def activity(title: str = "A title", iri: URIRef = ACTIVITY) -> Graph:
    """Make an activity with a title."""
    graph = Graph()
    graph.add((iri, RDF.type, DPV.PersonalDataProcess))
    graph.add((iri, DCT.title, Literal(title, lang="en")))
    return graph


def found(text: str, data: Graph | None = None) -> list[validation.Finding]:
    """Give what added shapes find in an activity."""
    let_in = admitted(text)
    report = validation.validate(
        data if data is not None else activity(),
        Graph(),
        as_of=AS_OF,
        rules=let_in.codes(),
        guests=let_in,
    )
    return list(report.findings)


def chain(length: int, way: str) -> str:
    """Make shapes of which each names the next one."""
    links = [f"ex:S{n} {way} ex:S{n + 1} ." for n in range(length)]
    return f"ex:S0 sh:targetNode ex:x .\n{''.join(links)} ex:S{length} a sh:NodeShape ."


def doubling(length: int) -> str:
    """Make shapes of which each names the next one twice."""
    links = [
        f"ex:S{n} sh:and ( ex:S{n + 1} ex:S{n + 1} ex:S{n + 1} ) ."
        for n in range(length)
    ]
    return f"ex:S0 sh:targetNode ex:x .\n{''.join(links)} ex:S{length} a sh:NodeShape ."


HOSTILE = {
    "sh:sparql": (f"{TARGET} ; sh:sparql ex:q .", "uses sh:sparql"),
    "sh:select": (f"{TARGET} ; sh:sparql [ sh:select 'SELECT *' ] .", "uses sh:s"),
    "sh:ask": (f"{TARGET} . ex:v sh:ask 'ASK {{}}' .", "uses sh:ask"),
    "sh:rule": (f"{TARGET} ; sh:rule [ a ex:R ] .", "uses sh:rule"),
    "sh:js": (f"{TARGET} ; sh:js [] .", "uses sh:js"),
    "sh:target": (f"{TARGET} ; sh:target [] .", "uses sh:target"),
    "SPARQL target type": (f"{TARGET} . ex:t a sh:SPARQLTarget .", "sh:SPARQLTarget"),
    "custom component": (f"{TARGET} . ex:c a sh:ConstraintComponent .", "Component"),
    "parameter": (f"{TARGET} . ex:c sh:parameter [] .", "uses sh:parameter"),
    "function": (f"{TARGET} . ex:f a sh:SPARQLFunction .", "is a sh:SPARQLFunction"),
    "expression": (f"{TARGET} ; sh:expression ex:e .", "uses sh:expression"),
    "import": (f"{TARGET} . <> owl:imports <http://x.test/> .", "imports"),
    "file import": (f"{TARGET} ; owl:imports <file:///etc/passwd> .", "imports"),
    "sh:shapesGraph": (f"{TARGET} . <> sh:shapesGraph ex:g .", "sh:shapesGraph"),
    "entailment": (f"{TARGET} . <> sh:entailment ex:g .", "uses sh:entailment"),
    "itself": (f"{TARGET} ; sh:node ex:A .", "leads back to itself"),
    "mutual": (f"{TARGET} ; sh:node ex:B . ex:B sh:not ex:A .", "leads back"),
    "in a list": (f"{TARGET} ; sh:or ( [ sh:node ex:A ] ) .", "leads back"),
    "long chain": (chain(400, "sh:node"), "nested deeper"),
    "too many": (chain(1000, "sh:node"), "more than 500"),
    "nested negations": (chain(400, "sh:not"), "nested deeper"),
    "doubling": (doubling(10), "judged by more than"),
    "cyclic list": (f"{TARGET} ; sh:in _:l . _:l rdf:first 1 ; rdf:rest _:l .", "back"),
    "no list": (f"{TARGET} ; sh:in ex:l .", "no list"),
    "list without end": (f"{TARGET} ; sh:or _:l . _:l rdf:first ex:B .", "no list"),
    "long list": (f"{TARGET} ; sh:in ( {'1 ' * 1001} ) .", "more than 1000 members"),
    "cyclic path": (
        "ex:A sh:targetNode ex:x ; sh:path _:p . _:p sh:inversePath _:p .",
        "a path that is no path",
    ),
    "endless path": (
        "ex:A sh:targetNode ex:x ; sh:path [ sh:zeroOrMorePath "
        "[ sh:oneOrMorePath [ sh:inversePath dct:title ] ] ] .",
        "repeats what repeats",
    ),
    "path of two kinds": (
        "ex:A sh:targetNode ex:x ; sh:path [ sh:inversePath ex:p ; "
        "sh:zeroOrMorePath ex:p ] .",
        "a path that is none",
    ),
    "long path": (
        f"ex:A sh:targetNode ex:x ; sh:path ( {'ex:p ' * 50} ) .",
        "more than 40 steps",
    ),
    "two paths": ("ex:A sh:targetNode ex:x ; sh:path ex:p , ex:q .", "several paths"),
    "severity": (f"{TARGET} ; sh:severity 'high' .", "sh:severity that is not"),
    "message": (f"{TARGET} ; sh:message ex:m .", "sh:message that is no text"),
    "number": (f"{TARGET} ; " + TITLE.format("sh:minCount 'many'"), "no number"),
    "great number": (
        f"{TARGET} ; " + TITLE.format("sh:minCount 99999999999999999999"),
        "no number",
    ),
    "class": (f"{TARGET} ; sh:class 'x' .", "sh:class that is no IRI"),
    "datatype": (f"{TARGET} ; sh:datatype [] .", "sh:datatype that is no IRI"),
    "comparison": (
        f"{TARGET} ; " + TITLE.format("sh:lessThan 'x'"),
        "sh:lessThan that is no IRI",
    ),
    "target": ("ex:A sh:targetClass 'x' .", "sh:targetClass that is no IRI"),
    "kind": (f"{TARGET} ; sh:nodeKind ex:Nothing .", "sh:nodeKind that is not"),
    "flag": (f"{TARGET} ; sh:deactivated 'perhaps' .", "neither true nor false"),
    "flags": (
        f"{TARGET} ; " + TITLE.format("sh:pattern 'a' ; sh:flags 'x'"),
        "sh:flags that is",
    ),
    "ReDoS": (f"{TARGET} ; " + TITLE.format("sh:pattern '^(a+)+$'"), "for ever"),
    "no target": ("ex:A a sh:NodeShape ; sh:class ex:C .", "nothing would be checked"),
    "unknown shape": (f"{TARGET} ; sh:node ex:Z .", "none of the files has it"),
    "no path": (f"{TARGET} ; sh:property [ sh:minCount 1 ] .", "of which property"),
    "no path by type": (f"{TARGET} ; a sh:PropertyShape .", "of which property"),
    "of a node": (f"{TARGET} ; sh:minCount 1 .", "asks sh:minCount of a thing"),
    "comparison of a node": (f"{TARGET} ; sh:lessThan ex:p .", "asks sh:lessThan"),
    "no pattern": (
        f"{TARGET} ; " + TITLE.format("sh:pattern '('"),
        "sh:pattern that cannot be read",
    ),
    "pattern without end": (
        f"{TARGET} ; " + TITLE.format("sh:pattern '['"),
        "sh:pattern that cannot be read",
    ),
    "two limits": (
        f"{TARGET} ; " + TITLE.format("sh:minCount 1 , 2"),
        "more than one sh:minCount",
    ),
    "languages": (f"{TARGET} ; sh:languageIn ( ex:x ) .", "else than languages"),
    "bound": (f"{TARGET} ; sh:maxInclusive ex:x .", "sh:maxInclusive that is no"),
    "said of ours": (
        f"{TARGET} . shape:legal-basis-missing sh:deactivated true .",
        "name of one of our shapes",
    ),
    "said of ours alone": (
        "shape:legal-basis-missing sh:deactivated true .",
        "name of one of our shapes",
    ),
    "said of none of ours": (
        f"{TARGET} . shape:no-such-rule sh:deactivated true .",
        "name of one of our shapes",
    ),
    "shape of ours": (f"{TARGET} ; sh:node shape:Purpose .", "none of the files"),
    "our name": (
        "shape:purpose-missing sh:targetClass dpv:Process ; sh:deactivated true .",
        "name of one of our shapes",
    ),
    "our code": (
        f"{TARGET} ; dct:identifier 'purpose-missing' .",
        "code of one of our",
    ),
    "our local name": ("ex:purpose-missing sh:targetNode ex:x .", "code of one of our"),
    "code": (f"{TARGET} ; dct:identifier '../../x' .", "no code"),
    "same code": ("ex:A sh:targetNode ex:x . <y#A> sh:targetNode ex:x .", "same code"),
    "no name": ("[] a sh:NodeShape ; sh:targetNode ex:x .", "has no name"),
    "too large": (
        f"{TARGET} .\n" + "\n".join(f"ex:A ex:p {n} ." for n in range(20_001)),
        "more than 20000 statements",
    ),
}
HEAD += f"@prefix shape: <{rules.rule('purpose-missing').shape.rsplit('#')[0]}#> .\n"
FIRST_LINE = HEAD.count("\n") + 1


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_shapes_are_refused(case: str) -> None:
    """Each is refused before any engine sees it, with words that say why."""
    text, said = HOSTILE[case]
    with pytest.raises(ShapeRefused) as refused:
        admitted(text)
    assert said in refused.value.message
    assert refused.value.hint
    assert not re.search(r"[0-9a-f]{16}|_:|Literal", refused.value.message)
    assert (refused.value.exit_code, refused.value.http_status) == (2, 422)


def test_one_sound_shape_is_let_in() -> None:
    """What the hostile ones are built on is itself no reason to refuse them."""
    assert admitted(f"{TARGET} ; " + TITLE.format("sh:minCount 1")).codes() == {"A"}


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+$",
        "(a*)*",
        "(a|aa)+$",
        "(a?){30}a{30}",
        "((ab)*c)*",
        "(?:x+x+)+y",
        "([a-z]+)*[0-9]",
        r"(a)\1",
        "(?=a+)b",
        "(?P<n>a+)",
        "a{5000}",
        "a" * 501,
        ".*.*.*.*.*.*.*.*.*=",
        r"(\(+\))+",
        "([)]+)+",
        "(a{1,9}){2,}",
    ],
)
def test_patterns_that_may_explode_are_named(pattern: str) -> None:
    """Repeated repetitions, references back, look-around and very long ones."""
    assert guests.exploding(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "^[A-Z]{2}[0-9]{4}$",
        "^P([0-9]+Y)?([0-9]+M)?([0-9]+D)?$",
        r"^https?://[^/]+/.*$",
        r"^[^@]+@[^@]+\.[a-z]{2,}$",
        "^(SA|SAS|SARL)$",
        "[(+*]+",
        r"\(a\)+",
        "(?:a|b)",
        "",
    ],
)
def test_ordinary_patterns_are_let_in(pattern: str) -> None:
    """What people write for codes, addresses and dates passes."""
    assert guests.exploding(pattern) == ""


def test_findings_have_the_words_of_the_shape() -> None:
    """Code, severity, message by language and place come from the shape."""
    (one,) = found(
        """ex:TitleHouse sh:targetClass dpv:PersonalDataProcess ;
        sh:property ex:TitleStyle . ex:TitleStyle sh:path dct:title ;
        dct:identifier "house-style" ; sh:pattern "^X" ; sh:severity sh:Warning ;
        sh:message "Begin with X"@en , "Commencez par X"@fr ."""
    )
    assert (one.rule, one.severity) == ("house-style", "warning")
    assert one.message == {"en": "Begin with X", "fr": "Commencez par X"}
    assert (one.focus, one.path) == (ACTIVITY, DCT.title)
    assert one.value == Literal("A title", lang="en")
    assert (one.blocks, one.article, one.source) == (False, "", None)


def test_a_part_without_name_goes_by_that_of_its_shape() -> None:
    """Its message serves too, in every language; control signs are taken out."""
    (one,) = found(
        f'{TARGET} ; sh:message "Too\\n\\u202eshort" ; '
        + TITLE.format("sh:minLength 100")
    )
    assert (one.rule, one.severity) == ("A", "violation")
    assert one.message == {"en": "Too short", "fr": "Too short"}


WISHES = {
    "minCount": (
        "sh:minCount 2",
        "the number of values of “Title” must be at least 2",
        "le nombre de valeurs de « Intitulé » doit être d'au moins 2",
    ),
    "maxCount": (
        "sh:maxCount 0",
        "the number of values of “Title” must be at most 0",
        "le nombre de valeurs de « Intitulé » doit être d'au plus 0",
    ),
    "datatype": ("sh:datatype xsd:date", "must be a day", "doit être une date"),
    "unknown datatype": ("sh:datatype xsd:gDay", "must be xsd:gDay", "être xsd:gDay"),
    "nodeKind": ("sh:nodeKind sh:IRI", "be the address of a thing", "être l'adresse"),
    "class": ("sh:class dpv:Purpose", "of the kind “Purpose”", "type « Finalité »"),
    "in": ("sh:in ( 1 2 )", "must be one of these: 1, 2.", "de ceux-ci : 1, 2."),
    "pattern": ("sh:pattern '^X'", "must follow the pattern", "doit suivre le motif"),
    "hasValue": ("sh:hasValue 7", "“Title” must have the value 7", "la valeur 7"),
    "minLength": ("sh:minLength 99", "must be at least 99", "d'au moins 99"),
    "or": ("sh:or ( [ sh:in () ] )", "at least one of the demands", "au moins une"),
    "not": ("sh:not [ sh:nodeKind sh:Literal ]", "the shape rules out", "exclut"),
    "node": ("sh:node [ sh:nodeKind sh:IRI ]", "of another shape", "d'une autre forme"),
    "lessThan": (
        "sh:lessThan dct:title",
        "before what stands under “Title”",
        "ce qui figure sous « Intitulé »",
    ),
}


@pytest.mark.parametrize("case", WISHES)
def test_without_a_message_it_is_said_in_words(case: str) -> None:
    """A finding names thing, shape, field and demand, in both languages."""
    text, english, french = WISHES[case]
    names = "dpv:Purpose skos:prefLabel 'Purpose'@en , 'Finalité'@fr ."
    (one,) = found(f"{names} {TARGET} ; " + TITLE.format(text))
    said = one.message
    assert said["en"].startswith("“A title” does not keep the shape “A” of yours: ")
    assert said["fr"].startswith("« A title » ne respecte pas votre forme « A » : ")
    assert english in said["en"]
    assert french in said["fr"]
    for sentence in said.values():
        assert not re.search(r"http|Literal\(|_:|sh:|\{|[0-9a-f]{16}", sentence)


def test_every_kind_of_demand_has_words() -> None:
    """What the engine knows of SHACL's core is said in both languages."""
    from pyshacl.constraints import CONSTRAINT_PARAMETERS_MAP

    for parameter in CONSTRAINT_PARAMETERS_MAP:
        word = str(parameter).removeprefix(str(SH))
        if parameter not in SH or word in {"sparql", "js", "expression"}:
            continue
        # What stands in a part is told by the part; a flag belongs to its pattern.
        if word in {"property", "flags", "qualifiedValueShape", "ignoredProperties"}:
            continue
        if word == "qualifiedValueShapesDisjoint":
            continue
        kind = SH[f"{word[0].upper()}{word[1:]}ConstraintComponent"]
        assert set(rules.texts(rules.shapes(), kind, SH.message)) == {"en", "fr"}, kind


def test_a_demand_on_the_thing_itself_is_said() -> None:
    """Without a path there is no field; the shape goes by its label."""
    text = f"{TARGET} ; rdfs:label 'House rule' ; sh:nodeKind sh:Literal ."
    (one,) = found(text)
    assert one.message["en"] == (
        "“A title” does not keep the shape “House rule” of yours: "
        "the thing itself must be a text, a number or a day."
    )


def test_a_long_path_is_named_by_its_steps() -> None:
    """Each property of it by its label, or by the name that the shape gives."""
    long = "sh:property [ sh:path ( dct:title [ sh:inversePath ex:p ] ) ; {} ] ."
    (one,) = found(f"{TARGET} ; " + long.format("sh:minCount 1"))
    assert "/ shapes#p”" in one.message["en"]
    (one,) = found(f"{TARGET} ; " + long.format("sh:minCount 1 ; sh:name 'Way'@en"))
    assert "of “Way” must be" in one.message["en"]


def test_the_places_of_a_message_are_filled() -> None:
    """As SHACL writes them, by labels; what is unknown stays as it is."""
    words = "{$this}: {?path} is {?value}; {$minLength}; {$other} {focus}"
    (one,) = found(
        f"{TARGET} ; " + TITLE.format(f"sh:minLength 99 ; sh:message '{words}'@fr")
    )
    said = re.sub(r"[“”«»] ?| (?=»)", "", one.message["fr"])
    assert said == "A title: Intitulé is A title; 99; {$other} {focus}"


def test_a_shape_sees_only_the_entries_that_are_checked() -> None:
    """What stands around them may be looked at, but is not judged."""
    other = URIRef(f"{BASE}activities/x/b")
    let_in = admitted(f"{TARGET} ; " + TITLE.format("sh:maxCount 0"))
    report = validation.validate(
        activity(),
        activity("Another", other),
        as_of=AS_OF,
        rules=["A"],
        guests=let_in,
    )
    assert [one.focus for one in report.findings] == [ACTIVITY]


def test_what_the_engine_cannot_use_is_a_fault_of_the_shape() -> None:
    """Its own errors come as one of ours, with the name of the shape and no more."""
    not_asked = guests.Guests(shapes(f"{TARGET} ; " + TITLE.format("sh:pattern '('")))
    with pytest.raises(ShapeRefused, match="shapes#A cannot be used") as refused:
        validation.validate(activity(), Graph(), as_of=AS_OF, guests=not_asked)
    assert "subpattern" not in refused.value.message


def test_a_shape_that_takes_too_long_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pattern that is slow without being exponential ends at its time limit."""
    monkeypatch.setattr(validation, "GUEST_SECONDS", 0.2)
    text = f"{TARGET} ; " + TITLE.format("sh:pattern '.*.*.*.*.*.*.*='")
    with pytest.raises(LimitReached, match="shapes#A was stopped"):
        found(text, activity("a" * 5000))
    # The limit goes with it.
    assert found(text, activity("a="))[:1] == []


def test_our_findings_are_the_same_beside_added_shapes(
    tmp_path: Path, tree: Path
) -> None:
    """Whatever a user's shapes say, ours find what they find."""
    file = tmp_path / "mine.ttl"
    text = f"{TARGET} ; " + TITLE.format("sh:maxCount 0")
    # None of this can make a shape of ours another one.
    text += "\ndpv:Purpose a sh:NodeShape ; sh:deactivated true ; sh:closed true ."
    file.write_text(HEAD + text, encoding="utf-8")
    entries = str(tree / "data" / "companies" / "weprode.ttl")
    arguments = ["validate", entries, "--format", "json", "--as-of", "2026-11-22"]
    alone = CliRunner().invoke(main, arguments)
    beside = CliRunner().invoke(main, [*arguments, "--shapes", str(file)])
    before, after = (json.loads(one.stdout)["findings"] for one in (alone, beside))
    added = [one for one in after if one["rule"] == "A"]
    assert added
    assert before
    assert [one for one in after if one["rule"] != "A"] == before


@pytest.mark.parametrize(
    "kind", ["text", "json", "sarif", "junit", "github", "markdown", "turtle"]
)
def test_every_form_of_report_tells_them(kind: str) -> None:
    """A finding that is no rule of ours is written in each form."""
    from ropa.formats import reports

    report = validation.Report(found(f"{TARGET} ; " + TITLE.format("sh:maxCount 0")))
    written = reports.write(report, kind)
    text = written.decode() if isinstance(written, bytes) else written
    assert "A" in text.replace(str(ACTIVITY), "")
    assert len(text.splitlines()) > 0


@pytest.mark.parametrize("command", ["validate", "check"])
def test_a_refused_shape_ends_the_command(
    command: str, tmp_path: Path, tree: Path
) -> None:
    """With exit code 2, and file and line on standard error."""
    file = tmp_path / "bad.ttl"
    file.write_text(f"{HEAD}{TARGET} ;\n  sh:rule [] .\n", encoding="utf-8")
    given = [str(tree / "data" / "organisations.ttl")] if command == "validate" else []
    result = CliRunner().invoke(main, [command, *given, "--shapes", str(file)])
    assert result.exit_code == 2
    assert f"bad.ttl:{FIRST_LINE + 1}: The shape" in result.stderr
    assert "sh:rule" in result.stderr


def test_shapes_are_read_with_nothing_but_themselves() -> None:
    """A context in a file or on the network is not fetched, as for entries."""
    for address in ("file:///etc/hostname", "http://127.0.0.1:9/"):
        text = json.dumps({"@context": address, "@id": "http://example.org/x"})
        with pytest.raises(FormatError):
            rdf.read_untrusted(text.encode(), name="x.jsonld", base=BASE, blank=True)


def test_a_shape_in_another_file_is_found(tmp_path: Path) -> None:
    """Files are read together; a line is that of the file where it stands."""
    readings = []
    texts = (
        f"{TARGET} ; sh:node ex:B .",
        "ex:B a sh:NodeShape ;\n sh:severity 'bad' .",
    )
    for number, text in enumerate(texts):
        file = tmp_path / f"{number}.ttl"
        file.write_text(HEAD + text, encoding="utf-8")
        readings.append(rdf.read_file(str(file), base=BASE, blank=True))
    with pytest.raises(ShapeRefused, match=f"1.ttl:{FIRST_LINE + 1}: The shape"):
        checking.admitted(readings)


def test_a_server_takes_no_shapes() -> None:
    """Through a running server it is said that shapes are for here, before a call."""
    served = object.__new__(Served)
    reading = rdf.Reading("x", Graph(), rdf.LineMap(), syntax.Syntax.TURTLE)
    with pytest.raises(ShapeRefused, match="server takes no shapes") as refused:
        served.check(shapes=[reading])
    assert refused.value.exit_code == 2
    with pytest.raises(ShapeRefused, match="server takes no shapes"):
        served.validate([], shapes=[reading])


def test_names_that_are_no_codes_are_made_into_some() -> None:
    """A local name is cut down to the letters that a code may have."""
    let_in = admitted("<http://x.test/é à> sh:targetNode ex:x .".replace(" à", "-à"))
    assert let_in.codes() == {"shape"}
