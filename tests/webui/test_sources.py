"""The page of a document: sections, passages, claims, and the text in its place."""

from __future__ import annotations

import html
import io
import re
from typing import TYPE_CHECKING

import pytest

from ropa.passages import Near
from tests.webui.conftest import Asker
from webui import create_app, sources

if TYPE_CHECKING:
    from ropa.register import Register

PAGE = "/sources/mill"


@pytest.fixture
def own(own_register: Register) -> Asker:
    """A client of the application over a customer's small register."""
    return Asker(create_app(own_register).test_client())


def original(page: str) -> str:
    """Give the text that a page shows in place, as a reader sees it."""
    shown = re.search(r'<ol class="original".*?</ol>', page, re.DOTALL)
    assert shown is not None
    rows = re.findall(r'<span class="words">(.*?)</span></li>', shown[0], re.DOTALL)
    bare = [re.sub(r'<a class="ref".*?</a>', "", row, flags=re.DOTALL) for row in rows]
    return "\n".join(html.unescape(re.sub(r"<[^>]+>", "", row)) for row in bare)


def test_facts_sections_and_claims_are_shown(own: Asker) -> None:
    """What is not known of a document is said; passages stand under their sections."""
    text = own.page(PAGE).get_data(as_text=True)
    assert text.count("not known") >= 2
    assert 'id="char=29,42"' in text
    assert text.index("What it is about") < text.index("Sells flour")
    assert 'href="/activities/mill/orders#selling"' in text
    assert "Partly stated" in text
    assert "Under no section" in text
    assert "no printed heading" in text
    assert "Name of the &lt;i&gt;company&lt;/i&gt;" in text
    assert "Ce dont il s" in own.page(f"{PAGE}?lang=fr").get_data(as_text=True)


def test_remarks_stand_under_their_passage(own: Asker) -> None:
    """A remark leads to the page of the thing that it is about."""
    text = own.page(PAGE).get_data(as_text=True)
    assert 'href="/activities/mill/orders#remark-odd"' in text
    page = own.page("/activities/mill/orders").get_data(as_text=True)
    assert 'id="remark-odd"' in page
    assert 'href="#remark-odd"' in page
    assert "The last what?" in page


@pytest.mark.parametrize("suffix", ["ttl", "jsonld", "nt", "rdf"])
def test_documents_keep_their_other_forms(own: Asker, suffix: str) -> None:
    """The passages are data too."""
    answer = own.get(f"{PAGE}.{suffix}")
    assert answer.status_code == 200
    assert b"char=29,42" in answer.data


@pytest.mark.parametrize("way", ["file", "text", "plain"])
def test_a_supplied_text_is_shown_in_place(
    own: Asker, own_text: bytes, way: str
) -> None:
    """Uploaded, pasted through a form that spells line breaks anew, or sent."""
    if way == "file":
        answer = own.form(PAGE, {"file": (io.BytesIO(own_text), "notice.txt")})
    elif way == "plain":
        answer = own.send("POST", PAGE, own_text, "text/plain; charset=utf-8")
    else:
        answer = own.form(PAGE, {"text": own_text.decode()})
    text = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert original(text).splitlines() == own_text.decode().splitlines()
    assert "<script>alert" not in text
    assert "Nothing of it is kept" in text
    assert "its position lies outside the text" in text
    assert text.count('id="text-char=') == 5


def test_overlapping_passages_are_all_marked(own: Asker, own_text: bytes) -> None:
    """What two passages share is marked as such; each links to its claims."""
    answer = own.form(PAGE, {"file": (io.BytesIO(own_text), "notice.txt")})
    text = answer.get_data(as_text=True)
    assert re.search(r'<mark class="over">.*?flour</mark>', text, re.DOTALL)
    for name in ("char=0,26", "char=17,26", "char=29,42", "char=36,53", "char=82,131"):
        assert f'<a class="ref" href="#{name}"' in text
        assert f'<li id="{name}"' in text
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert sorted(ids) == sorted(set(ids))


@pytest.mark.parametrize(
    ("data", "status", "said"),
    [
        (b"another notice", 422, "SHA-256"),
        ("Donn\u00e9es".encode("latin-1"), 400, "UTF-8"),
        (b"%PDF\x00\x01\xff", 415, "plain text"),
        (b" \n", 400, "empty"),
    ],
    ids=["other", "latin-1", "binary", "blank"],
)
def test_what_is_not_the_document_is_refused(
    own: Asker, data: bytes, status: int, said: str
) -> None:
    """With the reason, and nothing shown as evidence; a program gets a problem."""
    answer = own.form(PAGE, {"file": (io.BytesIO(data), "x.txt")})
    text = answer.get_data(as_text=True)
    assert answer.status_code == status
    assert said in text
    assert 'role="alert"' in text
    assert "<mark" not in text
    sent = own.send("POST", PAGE, data, "text/plain", Accept="application/json, */*")
    assert sent.status_code == status
    assert sent.mimetype == "application/problem+json"
    assert "structurally" not in sent.get_json()["title"]


def test_respelt_line_breaks_are_named(own: Asker, own_text: bytes) -> None:
    """A file that an editor changed is refused with the likely cause."""
    data = own_text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    answer = own.form(PAGE, {"file": (io.BytesIO(data + b"\n"), "x.txt")})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "Only a byte order mark"), ("fr", "ordre des octets")]
)
def test_a_byte_order_mark_is_named(
    own: Asker, own_text: bytes, lang: str, said: str
) -> None:
    """A file that Windows saved is refused with its cause, not as another version."""
    data = "\ufeff".encode() + own_text
    answer = own.form(f"{PAGE}?lang={lang}", {"file": (io.BytesIO(data), "x.txt")})
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert said in text
    assert "Another version" not in text


@pytest.mark.parametrize(
    ("is_marked", "is_broken", "said"),
    [
        (False, True, "Only its line breaks differ"),
        (True, False, "Only a byte order mark at its start differs"),
        (True, True, "Only a byte order mark at its start and its line breaks differ"),
    ],
)
def test_each_difference_has_its_sentence(
    own_register: Register, is_marked: bool, is_broken: bool, said: str
) -> None:
    """A mark, other line breaks, or both at once."""
    near = Near("", is_marked=is_marked, is_broken=is_broken)
    with create_app(own_register).test_request_context(f"{PAGE}?lang=en"):
        assert sources._differing(near).startswith(said)


def test_a_name_is_said_once(ask: Asker) -> None:
    """A part that is called as its company does not repeat it; fields fit things."""
    text = ask.page("/sources/wpo-privacy-policy").get_data(as_text=True)
    arrow = "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}"
    paths = re.findall(rf">([^<]+?) {arrow} ([^<]+)<", text)
    assert paths
    assert all(whole != part for whole, part in paths)
    rows = [re.sub(r"<[^>]+>", "", row) for row in text.splitlines()]
    assert any(row.startswith("WPO SAS: Contacts \N{EN DASH} ") for row in rows)


def test_typed_text_is_kept_for_another_try(own: Asker) -> None:
    """What was pasted in vain stands in the form again, harmless."""
    answer = own.form(PAGE, {"text": "<script>typed</script>"})
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "&lt;script&gt;typed&lt;/script&gt;" in text


def test_nothing_chosen_is_told(own: Asker) -> None:
    """An empty form gets a sentence, not a page of the whole text."""
    assert own.form(PAGE, {"text": ""}).status_code == 400


def test_size_and_type_are_limited(own_register: Register) -> None:
    """As for every body: 413 beyond the limit, 415 for what is no text."""
    small = Asker(create_app(own_register, max_body_bytes=500).test_client())
    assert small.send("POST", PAGE, b"x" * 501, "text/plain").status_code == 413
    assert small.send("POST", PAGE, b"{}", "application/json").status_code == 415
    assert small.send("POST", "/sources/none", b"x", "text/plain").status_code == 404


def test_another_site_cannot_submit(own: Asker) -> None:
    """A page of another site gets no answer out of this form."""
    answer = own.form(PAGE, {"text": "x"}, Origin="https://example.org")
    assert answer.status_code == 403


def test_values_link_to_where_they_were_read(own: Asker) -> None:
    """A link with a name beside each value; ordinary claims have no other mark."""
    text = own.page("/companies/mill").get_data(as_text=True)
    assert 'href="/sources/mill#char=0,26"' in text
    assert "Read in: Notice &lt;b&gt;of&lt;/b&gt; Mill &amp; Co, line 1" in text
    name = re.search(r"<dt>Legal name.*?</dd>", text, re.DOTALL)
    assert name is not None
    assert "mark-" not in name[0]


def test_a_table_has_one_link_for_a_value(own: Asker) -> None:
    """In the table of activities a value has a single, compact link."""
    text = own.page("/companies/mill").get_data(as_text=True)
    table = re.search(r'<table class="art30">.*?</table>', text, re.DOTALL)
    assert table is not None
    assert table[0].count('class="read"') == 1


def test_what_is_denied_is_shown_as_denied(own: Asker) -> None:
    """A value that a claim denies is neither a plain value nor plain silence."""
    text = own.page("/activities/mill/orders").get_data(as_text=True)
    found = re.search(r"Sale of data.*?</div>", text, re.DOTALL)
    assert found is not None
    assert "mark-denied" in found[0]


def test_the_five_are_said_to_be_reconstructed(ask: Asker) -> None:
    """On top of the pages of companies and activities, in both languages."""
    words = {
        "en": "Reconstructed from the public notice",
        "fr": "Reconstitué d’après la notice publique",  # noqa: RUF001
    }
    for path in ("/companies/wimi", "/activities/wpo/marketing"):
        for lang, said in words.items():
            text = ask.page(f"{path}?lang={lang}").get_data(as_text=True)
            head = text.partition("<h2")[0]
            assert said in head
            assert "/sources/" in head


def test_every_passage_link_leads_to_a_passage(ask: Asker) -> None:
    """The links of a page are anchors on the page of the document."""
    text = ask.page("/companies/wepos").get_data(as_text=True)
    links = set(re.findall(r'class="read" href="([^"]+)"', text))
    pages = {link.partition("#")[0] for link in links if link.startswith("/")}
    assert len(pages) == 1
    anchors = set(
        re.findall(r'\bid="([^"]+)"', ask.page(pages.pop()).get_data(as_text=True))
    )
    named = {link.partition("#")[2] for link in links if link.startswith("/")}
    assert named <= anchors
    assert len(named) > 20
