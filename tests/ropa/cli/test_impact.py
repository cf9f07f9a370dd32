"""The command on impact: forms, languages, exit codes."""

from __future__ import annotations

import csv
import io
import json
import shutil
from importlib import resources
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from ropa.cli import main
from ropa.footing import Impact
from ropa.formats import weighed
from ropa.register import Register

THEN = ("--without", "privacy-shield", "--as-of", "2019-06-01")


@pytest.fixture(scope="module")
def place(judged: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give a folder with the five; no command changes it."""
    place = tmp_path_factory.mktemp("impact") / "register"
    return str(shutil.copytree(judged, place))


def run(place: str, *words: str, lang: str = "en") -> Result:
    """Run the command."""
    given = ["--store", place, "--lang", lang, "impact", *words]
    result = CliRunner().invoke(main, given)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert "Traceback" not in result.output
    return result


def test_text_tells_what_falls_who_is_touched_and_what_it_means(place: str) -> None:
    """Groups in their order, with sums, reasons and lists."""
    result = run(place, *THEN)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == (
        "Without: EU-US Privacy Shield [Adequacy decision; law:eu-us-privacy-shield, "
        "In force], on 2019-06-01"
    )
    heads = [line for line in lines if line.startswith("## ")]
    assert heads[0].startswith("## Loses its footing (transfers: 1, companies: 1, ")
    assert heads[2] == "## Stands by another tool (transfers: 0)"
    assert any("WPO SAS, whole record: HubSpot; to HubSpot" in one for one in lines)
    assert "   Vendors: HubSpot" in lines


def test_text_speaks_french(place: str) -> None:
    """Labels of the ontology and the words around them."""
    words = run(place, *THEN, "--instead", "SCC 2010", lang="fr").stdout
    assert words.startswith("Sans\u00a0: Bouclier de protection")
    assert "Perd son fondement" in words
    assert "Réparé\u00a0: 1 sur 1." in words
    assert "Loses" not in words


def test_json_follows_the_published_schema(place: str) -> None:
    """And is the same value that the register gives."""
    text = run(place, *THEN, "--instead", "scc-2021-914", "--format", "json").stdout
    schema = resources.files("ropa").joinpath("schemas/impact.schema.json").read_text()
    Draft202012Validator(json.loads(schema)).validate(json.loads(text))
    found = Impact.from_json(text)
    assert [one.is_mended for one in found.affected] == [False, None, None]


@pytest.mark.parametrize("instead", [(), ("--instead", "SCC 2010")])
def test_rows_have_one_column_set(place: str, instead: tuple[str, ...]) -> None:
    """Two more columns where something is put in place."""
    text = run(place, *THEN, *instead, "--format", "csv").stdout
    rows = list(csv.DictReader(io.StringIO(text)))
    assert tuple(rows[0]) == weighed.COLUMNS + (weighed.MENDING if instead else ())
    assert [row["impact"] for row in rows] == ["loses", "not known", "not known"]
    assert [row["company"] for row in rows] == ["wpo", "weprode", "wpo"]
    table = run(place, *THEN, *instead, "--format", "table").stdout
    assert table.splitlines()[0].split()[:2] == ["company", "activity"]


def test_markdown_has_the_same_groups(place: str) -> None:
    """What stands in a record cannot become markup."""
    text = run(place, *THEN, "--format", "markdown").stdout
    assert text.startswith("# Without: EU\\-US Privacy Shield")
    assert "\n## Loses its footing \\(transfers: 1" in text
    assert "\n- WPO SAS, whole record: HubSpot" in text


def test_a_loss_fails_only_where_that_is_asked(place: str) -> None:
    """0 by itself; 1 with the option, and then only where something is lost."""
    assert run(place, *THEN, "--fail-on-loss").exit_code == 1
    assert run(place, "--without", "dpf", "--fail-on-loss").exit_code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--without", "privcy-shild"), "Did you mean law:eu-us-privacy-shield"),
        (("--without", "hubspt"), "Did you mean hubspot?"),
        (("--without", "c-311-18"), "Name one of law:eu-us-privacy-shield"),
        (("--without", "dpf", "--instead", "dpf"), "in its own place"),
        (("--without", "dpf", "--instead", "nonsense"), "is named 'nonsense'"),
        (("--without", "dpf", "--as-of", "2019-02-30"), "no day of the calendar"),
        (("--without", ""), "Nothing is named."),
        ((), "--without"),
    ],
)
def test_what_cannot_be_asked_ends_with_2(
    place: str, words: tuple[str, ...], said: str
) -> None:
    """With a sentence, and what comes near."""
    result = run(place, *words)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert said in result.stderr


def test_a_later_day_is_told(place: str) -> None:
    """It is judged as on the last review."""
    text = run(place, "--without", "dpf", "--as-of", "2031-01-01").stdout
    assert "Judged as on the last review, 2026-11-22: " in text


def test_a_country_that_leaves_lists_who_is_there(place: str) -> None:
    """The companies of the register established there."""
    text = run(place, "--without", "France").stdout
    assert "No transfer of this register is concerned." in text
    assert "Companies of this register established there: " in text
    assert "WPO SAS" in text


def test_an_empty_register_is_no_error(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Nothing is concerned."""
    folder = str(tmp_path_factory.mktemp("empty") / "register")
    Register.create(folder, base="https://example.org/r/").close()
    result = run(folder, "--without", "dpf")
    assert result.exit_code == 0
    assert "No transfer of this register is concerned." in result.stdout


def test_a_second_thing_is_not_taken_in_place_of_the_first(place: str) -> None:
    """What fell and what did not is never left to guessing."""
    result = run(place, "--without", "dpf", "--without", "scc-2021-914")
    assert result.exit_code == 2
    assert "One thing can fall at a time." in result.output
