"""The page of what each record says of each item, and of one company."""

from __future__ import annotations

import csv
import io
import json
import re
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from rdflib import Graph
from rdflib.term import URIRef

from ropa import entry, required
from ropa.terms import ROPA
from tests.ropa.test_coverage import (
    FULL,
    PROCESSOR,
    RECORD,
    activity,
    claim,
    graph_of,
)
from tests.webui.conftest import Asker
from tests.webui.test_pages import Page
from webui import create_app

if TYPE_CHECKING:
    from ropa.register import Register

FIVE = {"wepos", "weprode", "wimi", "workpex", "wpo"}
ITEMS = len(required.items())


def text_of(ask: Asker, path: str) -> str:
    """Open a page and give its text."""
    answer = ask.page(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def rows_of(ask: Asker, path: str) -> list[dict[str, str]]:
    """Read the rows that an address gives as CSV."""
    answer = ask.get(path, "text/csv")
    assert answer.mimetype == "text/csv"
    return list(csv.DictReader(io.StringIO(answer.get_data(as_text=True))))


def test_the_matrix_has_a_cell_for_each_item_and_company(ask: Asker) -> None:
    """Each state in the answer stands in a cell that leads to its detail."""
    text = text_of(ask, "/coverage")
    cells = re.findall(r'<td><a href="/coverage\?company=(\w+)#(item-[\w-]+)">', text)
    assert len(cells) == len(set(cells)) == len(FIVE) * ITEMS
    assert {slug for slug, _item in cells} == FIVE
    assert text.count("<table") == len(required.duties())


def test_marks_say_the_states_of_the_question(ask: Asker, register: Register) -> None:
    """The words in the cells are those of the answer, item by item."""
    text = text_of(ask, "/coverage")
    label = dict(
        re.findall(r'<td><a href="([^"]+)"><span class="mark mark-(\w+)">', text)
    )
    kinds = {
        "stated": "stated",
        "partial": "partial",
        "denied": "denied",
        "not stated": "silent",
        "not applicable": "inapplicable",
    }
    for company, item, state in register.ask("article-30-coverage").rows:
        address = f"/coverage?company={company}#{str(item).rpartition('#')[2]}"
        assert label[address] == kinds[str(state)]


def test_numbers_are_those_of_the_activities(ask: Asker, register: Register) -> None:
    """A cell says how many of the activities that are asked answer the item."""
    text = text_of(ask, "/coverage?article=GDPR+Art.+30(1)")
    item = str(ROPA["item-30-1-b"])
    states = [
        str(state)
        for company, _activity, one, _article, state in register.ask("coverage").rows
        if (str(company), str(one)) == ("wpo", item)
    ]
    asked = [state for state in states if state != "not applicable"]
    stated = sum(state in ("stated", "denied") for state in asked)
    row = text[text.index('href="/coverage?company=wpo#item-30-1-b"') :]
    assert f"activities: {stated} of {len(asked)}" in row[: row.index("</td>")]


def test_filters_narrow_page_and_documents_alike(ask: Asker) -> None:
    """Company, article and state in the address narrow the matrix, CSV and JSON."""
    path = "/coverage?article=GDPR+Art.+30(2)&state=not+applicable"
    rows = rows_of(ask, path)
    assert rows
    assert {row["state"] for row in rows} == {"not applicable"}
    assert all("#item-30-2-" in row["item"] for row in rows)
    shown = re.findall(r"company=(\w+)#(item-[\w-]+)", text_of(ask, path))
    assert {(r["company"], r["item"].rpartition("#")[2]) for r in rows} == set(shown)


def test_documents_keep_to_the_columns_of_the_question(ask: Asker) -> None:
    """CSV and JSON have company, item and state, and one row for each item."""
    rows = rows_of(ask, "/coverage?company=wpo")
    assert [list(row) for row in rows] == [["company", "item", "state"]] * ITEMS
    answer = ask.get("/coverage.json?company=wpo")
    assert json.loads(answer.data) == rows


def test_a_filter_that_nothing_fits_can_be_lifted(ask: Asker) -> None:
    """An empty page says so and leads back."""
    item = quote(str(ROPA["item-30-1-b"]))
    text = text_of(ask, f"/coverage?article=GDPR+Art.+13&item={item}")
    assert "Nothing fits these filters." in text
    assert 'href="/coverage"' in text


@pytest.mark.parametrize("filters", ["state=foo", "article=zz", "item=zzz"])
@pytest.mark.parametrize("start", ["?", ".json?", "?company=wpo&"])
def test_a_filter_that_is_no_value_is_refused(
    ask: Asker, start: str, filters: str
) -> None:
    """A wrong value is an error that names the right ones, not an empty page."""
    answer = ask.page(f"/coverage{start}{filters}")
    assert answer.status_code == 400
    assert filters.partition("=")[2] in answer.get_data(as_text=True)


def test_an_item_narrows_the_page(ask: Asker) -> None:
    """The value of a document's column is a filter too."""
    item = str(ROPA["item-30-1-b"])
    rows = rows_of(ask, f"/coverage?item={quote(item)}")
    assert {row["item"] for row in rows} == {item}
    assert len(rows) == len(FIVE)


def test_an_unknown_company_is_answered_as_elsewhere(ask: Asker) -> None:
    """A name that no company has is a 404 that names those there are."""
    answer = ask.page("/coverage?company=wpa")
    assert answer.status_code == 404
    assert "wpo" in answer.get_data(as_text=True)


def test_the_detail_shows_values_where_they_were_read(ask: Asker) -> None:
    """Each item of a company says what is stated, with links to the passages."""
    text = text_of(ask, "/coverage?company=wpo")
    items = re.findall(r'<article class="item" id="(item-[\w-]+)">', text)
    assert len(items) == len(set(items)) == ITEMS
    first = text[text.index('id="item-30-1-a"') : text.index('id="item-30-1-b"')]
    assert "WPO SAS" in first
    assert re.search(r'href="/sources/[\w-]+[^"]*#char=\d+,\d+"', first)
    # Its authorities are no contact of the company.
    assert "CNIL" not in first


def test_the_detail_names_the_activities_where_an_item_is_missing(
    ask: Asker, register: Register
) -> None:
    """Each activity stands under the item, with a link, and under its state."""
    text = text_of(ask, "/coverage?company=workpex")
    item = str(ROPA["item-30-1-f"])
    missing = {
        str(activity)
        for company, activity, one, _a, state in register.ask("coverage").rows
        if (str(company), str(one)) == ("workpex", item) and str(state) == "not stated"
    }
    part = text[text.index('id="item-30-1-f"') : text.index('id="item-30-1-g"')]
    group = re.search(r'<p class="small"><span class="mark mark-silent">.*', part)
    linked = set(re.findall(r"/activities/workpex/([\w-]+)", group[0] if group else ""))
    assert linked == missing
    assert missing


def test_what_is_said_once_is_not_repeated(ask: Asker) -> None:
    """A fact that several articles ask for is shown once, and linked after that."""
    text = text_of(ask, "/coverage?company=wpo")
    part = text[text.index('id="item-13-1-a"') :]
    assert '<a href="#item-30-1-a">' in part[: part.index("</article>")]
    page = Page(text)
    targets = [link[1:] for link in page.links if link.startswith("#")]
    assert not [one for one in targets if one not in page.ids]


@pytest.mark.parametrize("path", ["/coverage", "/coverage?company=wpo"])
@pytest.mark.parametrize("lang", ["en", "fr"])
def test_silence_is_not_called_a_breach(ask: Asker, path: str, lang: str) -> None:
    """The page says that silence is none, cites the judgment, and judges nobody."""
    text = unescape(text_of(ask, path + ("&" if "?" in path else "?") + f"lang={lang}"))
    assert "/law/c-60-22" in text
    notice = {"en": "is no breach of the law", "fr": "pas une infraction"}
    assert notice[lang] in text
    for word in ("unlawful", "illegal", "illicite", "illégal", "violation"):
        assert word not in text.lower()


def test_a_french_page_is_french(ask: Asker) -> None:
    """Headings, items, facts and states are in French."""
    text = unescape(text_of(ask, "/coverage?company=wpo&lang=fr"))
    assert "Couverture" in text
    assert "Art. 30(1)(b) Finalités" in text
    assert "Base juridique de chaque finalité" in text
    assert "Non indiqué" in text
    assert "Not stated" not in text


def test_the_page_is_in_the_menu(ask: Asker) -> None:
    """Every page leads to it, and it marks itself."""
    assert '<a href="/coverage">Coverage</a>' in text_of(ask, "/")
    assert 'aria-current="page">Coverage' in text_of(ask, "/coverage")


def test_every_item_and_fact_has_a_page(ask: Asker) -> None:
    """The page of an item says what it asks for; one of a fact which fields answer."""
    text = text_of(ask, "/terms/ropa/item-30-1-c")
    assert "/terms/ropa/fact-people" in text
    assert "/terms/dpv/hasDataSubject" in text_of(ask, "/terms/ropa/fact-people")


def part_of(text: str, item: str) -> str:
    """Cut out what the page of a company says of an item."""
    start = text.index(f'<article class="item" id="item-{item}">')
    return unescape(text[start : text.index("</article>", start)])


def page_of(register: Register, *texts: str) -> str:
    """Add a firm to a register and open its page."""
    graphs: dict[URIRef, Graph] = {}
    for one in graph_of("".join(texts), base=register.base):
        at = entry.document(one[0])
        if not str(at).startswith(f"{register.base}activities/"):
            at = URIRef(f"{register.base}companies/firm")
        graphs.setdefault(at, Graph()).add(one)
    register._store.write(dict(graphs))
    asker = Asker(create_app(register).test_client())
    return text_of(asker, "/coverage?company=firm")


def mark_of(part: str, fact: str) -> list[str]:
    """List the marks that stand beside a fact."""
    shown = re.search(rf"<dt>(?:<[^>]+>)*{fact}.*?</dd>", part, re.DOTALL)
    assert shown, fact
    return re.findall(r'class="mark mark-(\w+)"', shown[0])


def test_silence_makes_no_fact_inapplicable(fresh_register: Register) -> None:
    """What is unknown is not stated; joint controllers nobody names have no row."""
    bare = RECORD.replace("dpv:hasCountry loc:FR ;", "").replace(
        "dpv:hasDataProtectionOfficer", "dct:relation"
    )
    text = page_of(fresh_register, bare, activity("shop"))
    part = part_of(text, "30-1-a")
    for fact in (
        "Representative",
        "Data protection officer",
        "Contact details of the o",
    ):
        assert mark_of(part, fact) == ["silent"], fact
    assert "Joint controllers" not in part
    assert mark_of(part_of(text, "30-1-f"), "Period or criterion") == ["silent"]
    assert mark_of(part_of(text, "13-1-d"), "Legitimate interest") == ["silent"]
    assert "Safeguards of an exceptional" not in part_of(text, "30-1-e")


def test_what_is_needless_is_so_by_a_statement(fresh_register: Register) -> None:
    """A country inside the area, a denied officer, denied joint controllers."""
    none = claim("<companies/firm>", "dpv:hasDataProtectionOfficer", "Denied")
    joint = claim("<companies/firm#record>", "dpv:hasJointDataControllers", "Denied")
    bare = RECORD.replace("dpv:hasDataProtectionOfficer", "dct:relation")
    part = part_of(
        page_of(fresh_register, bare, none, joint, activity("shop")), "30-1-a"
    )
    assert mark_of(part, "Representative") == ["inapplicable"]
    assert mark_of(part, "Data protection officer") == ["denied"]
    assert mark_of(part, "Contact details of the o") == ["inapplicable"]
    assert mark_of(part, "Joint controllers") == ["denied"]


def test_each_side_of_article_30_lists_its_own_activities(
    fresh_register: Register,
) -> None:
    """A company is no customer of its own; what it does for itself is not listed."""
    served = """<activities/firm/{0}> dpv:hasDataController <organisations/client> .
    <organisations/client> a dpv:Organisation ; dpv:hasName "Client" ."""
    text = page_of(
        fresh_register,
        RECORD,
        activity("shop", FULL),
        activity("hosting", served + FULL, role=PROCESSOR),
    )
    customers = part_of(text, "30-2-a")
    assert "/organisations/client" in customers
    for item, own, other in (
        ("30-2-a", "hosting", "shop"),
        ("30-2-b", "hosting", "shop"),
        ("30-2-d", "hosting", "shop"),
        ("30-1-b", "shop", "hosting"),
        ("13-1-c", "shop", "hosting"),
    ):
        part = part_of(text, item)
        assert f"/activities/firm/{other}" not in part, item
        assert f"/activities/firm/{own}" in part or "#item-30-1-" in part, item
    assert "#item-30-1-" not in part_of(text, "30-2-d")


@pytest.mark.parametrize("way", ["claim", "position"])
def test_a_refused_right_is_marked(fresh_register: Register, way: str) -> None:
    """A right that is refused does not look like one that is granted."""
    rights = "".join(
        f"<companies/firm#record> dpv:hasRight <companies/firm#{name}> ."
        f"<companies/firm#{name}> skos:broader eu-gdpr:{name} ."
        for name in ("A15", "A20")
    )
    refused = {
        "claim": claim(
            "<companies/firm#record>", "dpv:hasRight", "Denied", "<companies/firm#A20>"
        ),
        "position": "<companies/firm#A20> ropa:position ropa:Refused .",
    }
    text = page_of(fresh_register, RECORD, activity("shop"), rights, refused[way])
    part = part_of(text, "13-2-b")
    assert mark_of(part, "Right to portability") == ["denied"]
    assert mark_of(part, "Right of access") == []
