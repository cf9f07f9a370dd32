"""Pages of rules: the list with its filters, the checks of experts, one rule."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import pytest
from rdflib import Graph
from rdflib.term import URIRef

from ropa import checklist, examples, rules
from ropa.terms import ROPA, SKOS

if TYPE_CHECKING:
    from collections.abc import Callable

    from ropa.register import Register
    from ropa.rules import Rule
    from tests.webui.conftest import Asker

CHECKS = "/rules?view=checks"
DEEP = "recipient-abroad-without-transfer"


def text_of(ask: Asker, path: str) -> str:
    """Give a page as text, its entities resolved."""
    answer = ask.page(path)
    assert answer.status_code == 200, path
    return html.unescape(answer.get_data(as_text=True))


def codes(ask: Asker, query: str) -> list[str]:
    """Give the codes that the list shows under some filters, in its order."""
    text = text_of(ask, f"/rules?{query}")
    shown = re.findall(r'<th scope="row"><a href="/rules/([^"?]+)', text)
    told = [row["rule"] for row in ask.get(f"/rules.json?{query}").json]
    assert shown == told, "the page and its JSON tell the same"
    return shown


def test_all_rules_are_listed_by_article_and_code(ask: Asker) -> None:
    """Without filters all are there, from the first article to the last."""
    found = codes(ask, "")
    assert set(found) == set(rules.rules())
    first = [re.search(r"\d+", rules.rule(code).article) for code in found]
    numbers = [int(one[0]) for one in first if one is not None]
    assert numbers == sorted(numbers)


FILTERS: dict[str, Callable[[Rule], bool]] = {
    "severity=warning": lambda rule: rule.severity == "warning",
    "profile=notice": lambda rule: rule.only_in in (None, ROPA.Notice),
    "profile=register": lambda rule: rule.only_in in (None, ROPA.Register),
    "question=yes": lambda rule: rule.is_question,
    "question=no": lambda rule: not rule.is_question,
    "blocks=yes": lambda rule: rule.blocks,
    "article=28": lambda rule: re.search(r"\b28\b(?![)\d])", rule.article) is not None,
    "check=40": lambda rule: rule.code in checklist.checks()[40].rules,
    "kind=dpv:CrossBorderTransfer&blocks=no&severity=violation": lambda rule: (
        rule.severity == "violation" and not rule.blocks
    ),
}


@pytest.mark.parametrize("query", FILTERS)
def test_a_filter_keeps_what_it_says(ask: Asker, query: str) -> None:
    """Each filter keeps some rules, and only those that fit; its chip lifts it."""
    found = codes(ask, query)
    fits = {code for code, rule in rules.rules().items() if FILTERS[query](rule)}
    assert found and len(found) < len(rules.rules())
    assert set(found) <= fits
    if "kind" not in query:
        assert set(found) == fits
    text = text_of(ask, f"/rules?{query}")
    assert text.count('class="chip"') == query.count("=")


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_no_choice_is_offered_twice(ask: Asker, lang: str) -> None:
    """Each filter offers words of which no two are the same."""
    text = text_of(ask, f"/rules?lang={lang}")
    for offered in re.findall(r"<select.*?</select>", text, re.DOTALL):
        words = re.findall(r'<option value="[^"]+"[^>]*>\s*([^<]+?)\s*\(', offered)
        assert words
        assert len(set(words)) == len(words)


def test_a_part_is_found_by_its_class_or_its_property(ask: Asker) -> None:
    """Both names of a contact are one filter, which has the rules of either."""
    found = codes(ask, "kind=ropa:Contact")
    assert {"reference-unknown", "part-undescribed"} <= set(found)
    assert codes(ask, "kind=dpv:hasContact") == found


def test_rules_with_findings_can_be_picked(ask: Asker, register: Register) -> None:
    """Only those that somebody in the register falls short of."""
    have = {str(row[2]) for row in register.ask("findings").rows}
    assert set(codes(ask, "affected=yes")) == have
    assert set(codes(ask, "affected=no")) == set(rules.rules()) - have


def test_rules_are_found_by_words(ask: Asker) -> None:
    """Of code, message and hint, in the language of the page, whatever accents."""
    assert DEEP in codes(ask, "q=abroad+transfer")
    french = text_of(ask, "/rules?q=CONTRAT+sous-traitant&lang=fr")
    assert "/rules/processor-contract-missing" in french
    assert "Nothing fits these filters." in text_of(ask, "/rules?q=zzzz")
    assert codes(ask, "severity=nothing") == []


@pytest.mark.parametrize("key", ["rule", "severity", "message", "findings"])
def test_columns_sort(ask: Asker, key: str) -> None:
    """Up and down, by the address."""
    up, down = codes(ask, f"sort={key}"), codes(ask, f"sort=-{key}")
    assert up == down[::-1]
    assert set(up) == set(rules.rules())
    assert 'aria-sort="ascending"' in text_of(ask, f"/rules?sort={key}")


def test_all_checks_are_listed_with_what_answers_them(ask: Asker) -> None:
    """Eighty, each with its rules, its question, or the reason it is left out."""
    for lang in ("en", "fr"):
        text = text_of(ask, f"{CHECKS}&lang={lang}")
        for one in checklist.checks().values():
            assert f'id="{one.code}"' in text
            assert one.label[lang] in text
            assert all(
                f'href="/rules/{code}?lang={lang}"' in text for code in one.rules
            )
            assert not one.reason or one.reason[lang] in text
    rows = ask.get("/rules.json?view=checks").json
    assert [int(row["check"]) for row in rows] == list(range(1, 81))
    left = ask.get("/rules.json?view=checks&state=left-out").json
    assert left and all(row["reason"] for row in left)
    assert {row["state"] for row in left} == {"left-out"}
    assert "reason" in ask.get("/rules.csv?view=checks").get_data(as_text=True)


def test_a_check_has_an_address(ask: Asker) -> None:
    """For people its line in the list, for programs its statements."""
    answer = ask.page("/rules/check-07?lang=fr")
    assert answer.status_code == 303
    place = answer.headers["Location"]
    assert "view=checks" in place and "lang=fr" in place
    assert place.endswith("#check-07")
    body = ask.get("/rules/check-07.ttl").get_data(as_text=True)
    graph = Graph().parse(data=body, format="turtle")
    check = URIRef("https://w3id.org/ropa-kg/shapes#check-07")
    assert (check, SKOS.prefLabel, None) in graph
    assert ask.get("/rules/check-81", "text/turtle").status_code == 404


def test_a_rule_says_why_when_and_how_to_mend(ask: Asker) -> None:
    """Provision, judgments and guidelines, checks, days, repair, both examples."""
    rule = rules.rule(DEEP)
    text = text_of(ask, f"/rules/{DEEP}")
    assert rule.hint["en"] in text
    for source in rule.sources:
        assert f'href="{source}"' in text
    assert ">GDPR Art. 30(1)(e)</a>" in text
    for reference in rule.references:
        assert f'href="/law/{reference.rpartition("/")[2]}"' in text
    assert "view=checks#check-40" in text
    assert "25 May 2018" in text
    assert "CONSTRUCT" in text
    for one in examples.of_rule(DEEP):
        assert one is not None
        assert one.text.splitlines()[0] in text
    assert "@prefix" not in text


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_every_rule_has_its_page(ask: Asker, lang: str) -> None:
    """With both examples and what the failing one is told, without bare words."""
    for code in rules.rules():
        text = text_of(ask, f"/rules/{code}?lang={lang}")
        assert text.count('<figure class="example">') == 2, code
        assert "{focus}" not in text and "{value}" not in text, code
        assert not re.search(r">None<|>\[|>True<|>False<", text), code


def test_a_question_says_that_it_is_one(ask: Asker) -> None:
    """It finds no fault."""
    asking = [code for code, rule in rules.rules().items() if rule.is_question]
    assert asking
    for code in asking:
        assert "a machine cannot decide it" in text_of(ask, f"/rules/{code}")
    assert "a machine cannot decide it" not in text_of(ask, f"/rules/{DEEP}")


def test_who_is_affected_is_counted_by_company(ask: Asker, register: Register) -> None:
    """The page counts as the question does, and links to the filtered findings."""
    rows = [(str(row[0]), str(row[2])) for row in register.ask("findings").rows]
    code = max({one for _, one in rows}, key=[one for _, one in rows].count)
    text = text_of(ask, f"/rules/{code}")
    for company in {who for who, one in rows if one == code and who}:
        number = rows.count((company, code))
        link = f'href="/findings?rule={code}&company={company}">{number}</a>'
        assert link in text


def test_an_example_can_be_tried(ask: Asker) -> None:
    """The link fills the form; sent as it is, it finds what the page said."""
    for code in ("unknown-term", DEEP):
        text = text_of(ask, f"/rules/{code}")
        link = re.search(r'href="(/validate\?[^"]+)">Try it and mend it', text)
        assert link is not None
        form = text_of(ask, link[1])
        typed = re.search(r'<textarea id="text"[^>]*>\n(.*?)</textarea>', form, re.S)
        day = re.search(r'id="as_of" type="date" name="as_of" value="([^"]*)"', form)
        assert typed is not None and day is not None
        sent = {"text": typed[1], "syntax": "ttl", "rule": code, "as_of": day[1]}
        answer = ask.form("/validate", sent)
        page = html.unescape(answer.get_data(as_text=True))
        assert answer.status_code == 200
        assert f'href="/rules/{code}' in page
        assert 'class="finding ' in page


@pytest.mark.parametrize(
    "query", ["example=../ground", "example=nothing", "rule=nothing", "example=%00"]
)
def test_an_unknown_example_is_refused(ask: Asker, query: str) -> None:
    """It is not found, whatever its name says."""
    assert ask.page(f"/validate?{query}").status_code == 404


def test_iris_of_rules_and_checks_lead_to_their_pages(ask: Asker) -> None:
    """A term that names a rule links to it here, not to another host."""
    text = text_of(ask, "/terms/ropa/ExpertCheck")
    assert 'href="/rules/check-01"' in text
