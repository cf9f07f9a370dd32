"""The words of the frame, and whose words they are."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from babel.messages.extract import extract_from_dir

from ropa import queries
from webui.languages import messages

if TYPE_CHECKING:
    from tests.webui.conftest import Asker

WEBUI = Path(__file__).parents[2] / "webui"

# What a person of the trade says. These words stand in ontology/ and shapes/ only.
DOMAIN = [
    r"controllers?\b",
    r"processors?\b",
    r"purposes?\b",
    r"lawful",
    r"legal bas[ei]s",
    r"legitimate",
    r"consent",
    r"data subjects?",
    r"personal data",
    r"retention",
    r"safeguards?",
    r"adequacy",
    r"privacy",
    r"hubspot",
    r"special categor",
    r"supervisory",
    r"GDPR",
]


def spoken() -> set[str]:
    """Collect the messages of templates and Python."""
    found = extract_from_dir(
        str(WEBUI),
        [("templates/**.html", "jinja2.ext:babel_extract"), ("**.py", "python")],
        {"templates/**.html": {"trimmed": "1"}},
        keywords={"_": None},
    )
    return {str(message) for _file, _line, message, _comments, _context in found}


def test_every_chrome_word_is_translated() -> None:
    """No message of a template or a module lacks its French."""
    assert spoken()
    assert not spoken() - messages("fr").keys()


def test_every_column_has_a_french_heading() -> None:
    """A column that no term names is translated as a chrome word."""
    known = messages("fr")
    for question in queries.all_questions():
        for column in question.columns:
            words = column.removesuffix("_label").replace("_", " ").capitalize()
            assert words in known, column


def test_french_signs_stand_off_without_a_break() -> None:
    """No line of a page begins with a colon, a mark or a closing quotation mark."""
    loose = re.compile(r"\S [:;?!»]|« ")
    assert not [said for said in messages("fr").values() if loose.search(said)]
    assert any("\u00a0:" in said for said in messages("fr").values())


def test_placeholders_are_kept() -> None:
    """A translation has the places for values of its original."""
    for original, translated in messages("fr").items():
        place = re.compile(r"%\(\w+\)s")
        assert sorted(place.findall(original)) == sorted(place.findall(translated))


@pytest.mark.parametrize(
    "file", sorted(WEBUI.glob("templates/*.html")), ids=lambda path: path.name
)
def test_template_holds_no_domain_word(file: Path) -> None:
    """A template has chrome words only; the trade's words come from the ontology."""
    text = re.sub(r"\{#.*?#\}", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
    for word in DOMAIN:
        assert not re.search(rf"\b{word}", text, flags=re.IGNORECASE), word


@pytest.mark.parametrize("file", sorted(WEBUI.glob("*.py")), ids=lambda path: path.name)
def test_module_says_no_domain_word(file: Path) -> None:
    """A module says none either: its strings are chrome, names and queries."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    documented = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        if id(node) in documented or "SELECT" in node.value or "a dpv:" in node.value:
            continue
        for word in DOMAIN:
            assert not re.search(rf"\b{word}", node.value, re.IGNORECASE), node.value


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/law",
        "/law/eu-us-privacy-shield",
        "/activities/wpo/marketing",
        "/companies/wpo",
        "/findings",
        "/rules",
        "/rules/purpose-missing",
        "/questions",
        "/questions/transfers",
        "/sparql?question=transfers",
        "/terms/dpv/hasPurpose",
    ],
)
def test_provisions_are_cited_in_french(ask: Asker, path: str) -> None:
    """No French page names the law in English, wherever a citation stands."""
    mark = "&" if "?" in path else "?"
    text = ask.page(f"{path}{mark}lang=fr").get_data(as_text=True)
    shown = re.sub(
        r"<(details|textarea).*?</\1>|value=\"[^\"]*\"", "", text, flags=re.S
    )
    assert "GDPR Art." not in shown
    assert "RGPD art." in shown or path == "/law/eu-us-privacy-shield"
