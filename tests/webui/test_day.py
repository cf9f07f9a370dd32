"""The day whose law is applied: asked for in the address, kept by every link."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import TYPE_CHECKING

import pytest
from rdflib.term import URIRef

from ropa.register import Register
from ropa.terms import LAW, ROPA
from tests.webui.test_pages import Page

if TYPE_CHECKING:
    from tests.webui.conftest import Asker

TODAY = datetime.now(UTC).date()

STATES = {
    "2015-06-01": ("Upcoming", ""),
    "2016-07-11": ("Upcoming", ""),
    "2016-07-12": ("InForce", "LaterDeclaredInvalid"),
    "2019-06-01": ("InForce", "LaterDeclaredInvalid"),
    "2020-07-15": ("InForce", "LaterDeclaredInvalid"),
    "2020-07-16": ("DeclaredInvalid", ""),
    "2020-07-17": ("DeclaredInvalid", ""),
    "": ("DeclaredInvalid", ""),
}
"""What the EU-US Privacy Shield is worth on a day; the empty text is today."""

VALID = {"Upcoming": "no", "InForce": "yes", "DeclaredInvalid": "no"}

BAD_DAYS = ["2021-02-30", "20210101", "tomorrow", "%20", "2019-6-1", "2019-W01-1"]

ADDRESSES = [
    "/",
    "/companies",
    "/companies/wpo",
    "/companies/wpo.ttl",
    "/activities",
    "/activities/wpo/marketing",
    "/organisations/hubspot",
    "/law/eu-us-privacy-shield",
    "/rules/purpose-missing",
    "/terms",
    "/terms/dpv/Purpose",
    "/questions",
    "/questions/transfer-tools",
    "/questions/transfer-tools.csv",
    "/transfers",
    "/transfers.json",
    "/findings",
    "/search?q=marketing",
    "/sparql",
    "/sparql?question=us-transfers&run=1",
    "/validate",
    "/api/report",
    "/nothing/here",
]

LINKING = [
    "/",
    "/companies/wpo",
    "/activities/wpo/marketing",
    "/organisations/hubspot",
    "/law/eu-us-privacy-shield",
    "/terms",
    "/questions",
    "/questions/law",
    "/transfers",
    "/search?q=marketing",
    "/sparql?question=us-transfers&run=1",
    "/validate",
    "/companies/wpoo",
]


def on(path: str, day: str, **more: str) -> str:
    """Put a day, and more, into an address."""
    given = {"as_of": day, **more} if day else more
    query = "&".join(f"{key}={value}" for key, value in given.items())
    return path + (("&" if "?" in path else "?") + query if query else "")


def reviewed(register: Register) -> date:
    """Give the last day for which the law was reviewed."""
    table = register.select(
        f"SELECT ?day WHERE {{ <{LAW}> <{ROPA.reviewedOn}> ?day }} ORDER BY ?day"
    )
    return date.fromisoformat(str(table.rows[-1][0]))


def is_judged(register: Register, day: str) -> bool:
    """Tell whether the law was reviewed up to a day; later, none is called valid."""
    return bool(day) or reviewed(register) >= TODAY


def label(register: Register, name: str, lang: str = "en") -> str:
    """Give the label of one of our terms."""
    return register.vocabulary.label(ROPA[name], lang)


def word(register: Register, name: str) -> str:
    """Give the plain word of one of our terms, as it stands in a CSV."""
    table = register.select(
        f"SELECT ?word WHERE {{ {URIRef(ROPA[name]).n3()} skos:notation ?word }}"
    )
    return str(table.rows[0][0])


def row_of(text: str, mark: str) -> str:
    """Give the row of a table that holds a mark, without its tags."""
    rows = re.findall(r"<tr>.*?</tr>", text, re.DOTALL)
    found = [row for row in rows if mark in row]
    assert len(found) == 1
    return unescape(re.sub(r"<[^>]+>", " ", found[0]))


@pytest.mark.parametrize("day", STATES)
@pytest.mark.parametrize("lang", ["en", "fr"])
def test_transfers_show_what_their_tool_is_worth(
    ask: Asker, register: Register, day: str, lang: str
) -> None:
    """Beside yes and no stand the state of the tool and what to know beside it."""
    state, remark = STATES[day]
    text = ask.page(on("/transfers", day, lang=lang)).get_data(as_text=True)
    row = row_of(text, "/organisations/hubspot")
    assert label(register, state, lang) in row
    later = label(register, "LaterDeclaredInvalid", lang)
    assert (later in row) == bool(remark)
    if lang == "en" and state in VALID and is_judged(register, day):
        assert f" {VALID[state]} " in row


@pytest.mark.parametrize("day", STATES)
def test_record_shows_what_its_tools_are_worth(
    ask: Asker, register: Register, day: str
) -> None:
    """On the record, a transfer tells the state of its tool and names the day."""
    state, remark = STATES[day]
    text = ask.page(on("/companies/wpo", day)).get_data(as_text=True)
    part = text[text.index('id="transfer-hubspot"') :]
    part = part[: part.index("</dl>")]
    assert label(register, state) in part
    assert (label(register, "LaterDeclaredInvalid") in part) == bool(remark)
    written = date.fromisoformat(day) if day else TODAY
    assert f"{written.day} {written:%B %Y}" in part


@pytest.mark.parametrize("day", STATES)
def test_documents_keep_plain_words(ask: Asker, register: Register, day: str) -> None:
    """CSV and JSON hold the words as the question gives them, not labels."""
    state, remark = STATES[day]
    csv = ask.get(on("/questions/transfer-tools.csv", day)).get_data(as_text=True)
    line = next(line for line in csv.splitlines() if "hubspot" in line)
    told, beside = line.split(",")[-2:]
    assert told == word(register, state)
    later = word(register, "LaterDeclaredInvalid")
    assert (later in beside.split("; ")) == bool(remark)
    rows = ask.get(on("/questions/transfer-tools.json", day)).json
    row = next(row for row in rows if "hubspot" in str(row["recipient"]))
    assert [row["state"], row["remark"] or ""] == [told, beside]


@pytest.mark.parametrize("day", STATES)
def test_report_judges_by_the_day(ask: Asker, register: Register, day: str) -> None:
    """A violation about the transfer is found on the days without force, only then."""
    state, _remark = STATES[day]
    answer = ask.get(on("/api/report?company=wpo", day), "application/json")
    assert answer.status_code == 200
    assert answer.json["as_of"] == (day or TODAY.isoformat())
    grave = [
        one
        for one in answer.json["findings"]
        if one["focus"].endswith("#transfer-hubspot") and one["severity"] == "violation"
    ]
    assert bool(grave) == (state in {"Upcoming", "DeclaredInvalid"})


def test_transfers_documents_keep_their_columns(ask: Asker, register: Register) -> None:
    """What the page shows besides does not enter CSV and JSON."""
    columns = register.ask("transfers").columns
    csv = ask.get("/transfers.csv?as_of=2019-06-01").get_data(as_text=True)
    assert csv.splitlines()[0].split(",") == columns
    assert list(ask.get("/transfers.json?as_of=2019-06-01").json[0]) == columns


def test_transfers_are_narrowed_by_state(ask: Asker, register: Register) -> None:
    """The state narrows page and documents alike."""
    given = "state=" + word(register, "InForce").replace(" ", "+")
    rows = ask.get(f"/transfers.json?as_of=2019-06-01&{given}").json
    assert [row["company"] for row in rows] == ["wpo"]
    assert ask.get(f"/transfers.json?as_of=2015-06-01&{given}").json == []
    text = ask.page(f"/transfers?as_of=2019-06-01&{given}").get_data(as_text=True)
    assert row_of(text, "/organisations/hubspot")


@pytest.mark.parametrize("bad", BAD_DAYS)
@pytest.mark.parametrize("path", ADDRESSES)
def test_wrong_day_is_refused(ask: Asker, path: str, bad: str) -> None:
    """What is no day is told, to people and to programs, with the parameter's name."""
    page = ask.page(on(path, bad))
    assert page.status_code == 400
    if page.mimetype == "text/html":
        text = page.get_data(as_text=True)
        assert 'role="alert"' in text
        assert "as_of" in text
        assert 'class="day"' not in text
    answer = ask.get(on(path, bad), "application/json")
    assert answer.status_code == 400
    assert answer.mimetype == "application/problem+json"
    assert answer.json["parameter"] == "as_of"
    assert "as_of" in answer.json["detail"]


def test_wrong_day_is_told_in_french(ask: Asker) -> None:
    """The sentence is in the language of the page."""
    text = ask.page("/companies?as_of=demain&lang=fr").get_data(as_text=True)
    assert "est pas un jour du calendrier" in text
    assert "as_of" in text


def test_two_days_are_refused(ask: Asker) -> None:
    """Nobody can tell which of two days is meant; the same one twice is one."""
    first, second = "as_of=2019-06-01", "as_of=2020-07-16"
    assert ask.get(f"/transfers.csv?{first}&{second}").status_code == 400
    assert ask.get(f"/transfers.csv?{first}&{first}").status_code == 200


@pytest.mark.parametrize("body", ["text/turtle", "form"])
def test_wrong_day_stops_a_check(ask: Asker, body: str) -> None:
    """A check is not made by the law of a day that is none."""
    entry = "<a:a> <a:b> <a:c> ."
    if body == "form":
        answer = ask.form("/validate", {"text": entry, "as_of": "20210101"})
        text = answer.get_data(as_text=True)
        assert "as_of" in text
        assert unescape(text).count(entry) == 1, "the typed text is kept"
    else:
        answer = ask.send("POST", "/validate?as_of=20210101", entry, body)
    assert answer.status_code == 400


@pytest.mark.parametrize("path", ["/transfers", "/companies/wpo", "/"])
def test_empty_day_is_not_asked(ask: Asker, path: str) -> None:
    """An empty field of a form asks for no day: the links stay as they are."""
    text = ask.page(f"{path}?as_of=").get_data(as_text=True)
    assert 'class="day"' not in text
    links = Page(text).links
    assert not [link for link in links if re.search(r"as_of=\d", link)]


@pytest.mark.parametrize("path", LINKING)
def test_links_keep_the_day(ask: Asker, path: str) -> None:
    """Every link inside the site carries the day on, but for the one back to today."""
    day = "2019-06-01"
    page = Page(ask.page(on(path, day, lang="fr")).get_data(as_text=True))
    inside = [
        given["href"] or ""
        for tag, given in page.attributes
        if tag == "a" and (given.get("href") or "").startswith("/")
    ]
    assert len(inside) > 10
    lost = [link for link in inside if f"as_of={day}" not in link]
    assert len(lost) == 1
    assert lost[0].partition("?")[0] == path.partition("?")[0]
    assert not [link for link in inside if "lang=" not in link]


@pytest.mark.parametrize("path", LINKING)
def test_forms_keep_the_day(ask: Asker, path: str) -> None:
    """Every form that leads to a page sends the day, seen or unseen."""
    text = ask.page(on(path, "2019-06-01")).get_data(as_text=True)
    forms = re.findall(r"<form.*?</form>", text, re.DOTALL)
    assert len(forms) >= 2
    for form in forms:
        assert len(re.findall(r'name="as_of" value="2019-06-01"', form)) == 1, form


@pytest.mark.parametrize("path", LINKING)
def test_without_a_day_nothing_changes(ask: Asker, path: str) -> None:
    """Where no day is asked for there is no banner and no link has one."""
    text = ask.page(path).get_data(as_text=True)
    assert 'class="day"' not in text
    assert not [link for link in Page(text).links if "as_of=" in link]


@pytest.mark.parametrize(
    ("lang", "said", "back"),
    [
        ("en", "Judged by the law of 1 June 2019", "back to today"),
        ("fr", "Jugé selon le droit au 1er juin 2019", "revenir à aujourd"),
    ],
)
@pytest.mark.parametrize("path", LINKING)
def test_banner_names_the_day(
    ask: Asker, path: str, lang: str, said: str, back: str
) -> None:
    """Each page says by which day's law it judges, and how to come back."""
    text = ask.page(on(path, "2019-06-01", lang=lang)).get_data(as_text=True)
    banner = text[text.index('<aside class="day"') : text.index("<main")]
    assert said in banner
    assert back in banner
    assert '<label for="another-day">' in banner
    assert 'type="date" name="as_of"' in banner


def test_banner_keeps_what_else_was_asked(ask: Asker) -> None:
    """Choosing another day leaves filters and words as they are."""
    text = ask.page("/search?q=a%22b&lang=fr&as_of=2019-06-01").get_data(as_text=True)
    banner = text[text.index('<aside class="day"') : text.index("<main")]
    assert 'name="q" value="a&#34;b"' in banner
    assert 'name="lang" value="fr"' in banner
    assert 'href="/search?q=a%22b&amp;lang=fr"' in banner


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "later days is not known"), ("fr", "est pas connu")]
)
def test_day_after_the_review_is_not_known(
    ask: Asker, register: Register, lang: str, said: str
) -> None:
    """Past the last review the banner says so; only what had fallen stays judged."""
    last = reviewed(register)
    for day, is_known in ((last, True), (last + timedelta(days=1), False)):
        path = on(
            "/law?place=https://w3id.org/dpv/loc%23US", day.isoformat(), lang=lang
        )
        text = ask.page(path).get_data(as_text=True)
        banner = text[text.index('<aside class="day"') : text.index("<main")]
        assert (said in banner) != is_known
        holds = row_of(text, "/law/eu-us-dpf")
        assert (label(register, "NotReviewed", lang) in holds) != is_known
        assert (label(register, "InForce", lang) in holds) == is_known
        fallen = row_of(text, "/law/eu-us-privacy-shield")
        assert label(register, "DeclaredInvalid", lang) in fallen


def test_findings_are_computed_for_the_day(ask: Asker) -> None:
    """The list of another day is its own, and says that it was computed."""
    then = ask.page("/findings?as_of=2019-06-01&company=wpo").get_data(as_text=True)
    assert "computed for 1 June 2019" in then
    now = ask.page("/findings?company=wpo").get_data(as_text=True)
    assert "computed for" not in now
    same = ask.page(on("/findings?company=wpo", TODAY.isoformat()))
    assert "computed for" not in same.get_data(as_text=True)


@pytest.mark.parametrize("path", ["/companies/wpo", "/activities/wpo/marketing"])
def test_page_says_that_its_findings_were_computed(ask: Asker, path: str) -> None:
    """Record and activity judge by the day as well, and say so."""
    text = ask.page(on(path, "2015-06-01")).get_data(as_text=True)
    assert "computed for 1 June 2015" in text
    assert "computed for" not in ask.page(path).get_data(as_text=True)


def test_findings_agree_wherever_they_are_shown(ask: Asker) -> None:
    """List, report and record of a day count the same findings."""
    day = "2015-06-01"
    listed = ask.get(on("/findings.json?company=wpo", day)).json
    report = ask.get(on("/api/report?company=wpo", day), "application/json").json
    text = ask.page(on("/companies/wpo", day)).get_data(as_text=True)
    number = re.search(r'href="#findings">(\d+)<', text)
    assert number is not None
    assert len(listed) == len(report["findings"]) == int(number[1])
    assert {row["rule"] for row in listed} == {f["rule"] for f in report["findings"]}


def test_overview_computes_no_findings(
    ask: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first page stays quick: findings of another day wait for their own page."""

    def refuse(*_given: object, **_named: object) -> None:
        raise AssertionError("the overview computes findings")

    monkeypatch.setattr(Register, "check", refuse)
    answer = ask.page("/?as_of=2011-01-01")
    text = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert 'href="/findings?as_of=2011-01-01">Compute them' in text


def test_check_of_the_form_judges_by_its_day(ask: Asker) -> None:
    """The day of the form is the one of the page that answers it."""
    values = {"text": "<a:a> <a:b> <a:c> .", "as_of": "2015-06-01"}
    text = ask.form("/validate", values).get_data(as_text=True)
    assert "Judged by the law of 1 June 2015" in text
    assert 'href="/transfers?as_of=2015-06-01"' in text
    assert 'action="/validate"' in text


def test_law_is_shown_in_words_and_links(ask: Asker, register: Register) -> None:
    """A list of law links its things, and says states and days as people do."""
    path = on("/questions/law", "2019-06-01", lang="fr")
    row = re.search(
        r"<tr>(?:(?!</tr>).)*/law/eu-us-privacy-shield\?.*?</tr>",
        ask.page(path).get_data(as_text=True),
        re.DOTALL,
    )
    assert row is not None
    for address in ("/law/eu-us-privacy-shield", "/terms/ropa/", "/terms/loc/US"):
        assert f'href="{address}' in row[0]
    text = unescape(row[0])
    assert "12 juillet 2016" in text
    assert label(register, "InForce", "fr") in text
    assert label(register, "LaterDeclaredInvalid", "fr") in text


def test_cases_link_what_they_concern(ask: Asker) -> None:
    """Several things in one cell are several links."""
    text = ask.page("/questions/judgments").get_data(as_text=True)
    row = row_with_links(text, "/law/c-311-18")
    assert "/law/eu-us-privacy-shield" in row


def row_with_links(text: str, address: str) -> list[str]:
    """Give the links of the row that leads to a thing."""
    for row in re.findall(r"<tr>.*?</tr>", text, re.DOTALL):
        links = Page(row).links
        if address in links:
            return links
    raise AssertionError(address)


@pytest.mark.parametrize("path", ["/transfers", "/companies/wpo", "/transfers.csv"])
def test_what_is_known_of_one_day_is_sent_for_another(ask: Asker, path: str) -> None:
    """The entity tag of one day does not stand for another."""
    then, now = (ask.page(on(path, day)) for day in ("2019-06-01", "2020-07-16"))
    assert then.headers["ETag"] != now.headers["ETag"]
    again = ask.page(on(path, "2020-07-16"), If_None_Match=then.headers["ETag"])
    assert again.status_code == 200
    same = ask.page(on(path, "2019-06-01"), If_None_Match=then.headers["ETag"])
    assert same.status_code == 304


def test_static_parts_take_no_day(ask: Asker) -> None:
    """The style sheet is the same on every day, and its address as well."""
    page = Page(ask.page("/transfers?as_of=2019-06-01").get_data(as_text=True))
    parts = [link for link in page.links if link.startswith("/static/")]
    assert parts
    assert not [link for link in parts if "as_of" in link]
    assert ask.get("/static/ropa.css?as_of=tomorrow").status_code == 200
