"""An impact as text: no name of a register steers a terminal or becomes markup."""

from __future__ import annotations

from datetime import date

import pytest
from rdflib.term import Literal, URIRef

from ropa.footing import Affected, Ground, Impact, Likely, Tally
from ropa.formats import weighed
from ropa.terms import GDPR, LAW, LOC, ROPA

BASE = "http://example.org/"
DAY = date(2026, 11, 22)
DPF = LAW["eu-us-dpf"]
COMPANY = URIRef(f"{BASE}companies/x")
HOSTILE = "x\x1b[31m\n## Loses\u202e <b>@you</b> |"


def affected(number: int, kind: URIRef = ROPA.LosesFooting, **more: object) -> Affected:
    """Make one transfer."""
    said: dict[str, object] = {
        "transfer": URIRef(f"{BASE}activities/x/a{number}#transfer"),
        "company": COMPANY,
        "activity": URIRef(f"{BASE}activities/x/a{number}"),
        "importers": (URIRef(f"{BASE}organisations/v"),),
        "vendors": (URIRef(f"{BASE}organisations/v"),),
        "country": LOC.US,
        "tools": (GDPR["A45-3"], GDPR["A46-2-c"]),
        "decisions": (DPF,),
        "supposed": (),
        "kind": kind,
        "before": "true",
        "after": "false",
        **more,
    }
    return Affected(**said)  # type: ignore[arg-type]


def impact(*rows: Affected, **more: object) -> Impact:
    """Make an impact of these transfers."""
    ground = Ground(DPF, ROPA.AdequacyDecision, (DPF,), {DPF: "in force"})
    return Impact(without=ground, asked=DAY, judged=DAY, affected=rows, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_hostile_names_stay_on_their_line(lang: str) -> None:
    """Whatever a register calls its things."""
    names = {COMPANY: HOSTILE, DPF: HOSTILE, affected(1).transfer: HOSTILE}
    guess = Likely(COMPANY, COMPANY, None, None, LOC.US)
    found = impact(affected(1), names=names, likely=(guess,), established=(COMPANY,))
    text = weighed.as_text(found, lang)
    assert "\x1b" not in text and "\u202e" not in text
    assert text.count("\n## ") == 5
    markdown = weighed.as_markdown(found, lang)
    assert "<b>" not in markdown and "\x1b" not in markdown
    assert markdown.count("\n## ") + markdown.count("\n\\#\\# ") >= 4
    assert not [line for line in markdown.splitlines() if line == "## Loses"]


def test_long_lists_are_counted() -> None:
    """The text names some of many; the rows have all."""
    rows = [affected(number) for number in range(40)]
    tallies = tuple(Tally(one.activity or COMPANY, {one.kind: 1}) for one in rows)
    found = impact(*rows, activities=tallies)
    text = weighed.as_text(found)
    assert f"and {40 - weighed.MOST_LISTED} more" in text
    assert len(weighed.as_table(found).rows) == 40


def test_values_that_share_a_cell_are_joined_as_in_questions() -> None:
    """Two tools in one cell; one decision as its IRI; states as words."""
    found = impact(affected(1, remarks=(ROPA.ToolNotDated, ROPA.NoToolNamed)))
    table = weighed.as_table(found)
    row = dict(zip(table.columns, table.rows[0], strict=True))
    assert row["tool"] == Literal(f"{GDPR['A45-3']}; {GDPR['A46-2-c']}")
    assert row["decision"] == DPF
    assert row["remark"] == Literal("tool not dated; no tool named")
    assert row["carried_by"] is None


def test_what_carries_a_transfer_is_named() -> None:
    """In the line of the transfer."""
    one = affected(1, ROPA.StandsByOther, carried_by=(LAW["scc-2021-914"],))
    found = impact(one, names={LAW["scc-2021-914"]: "Clauses"})
    assert "; After: Clauses" in weighed.as_text(found)
