"""Approval as text for a terminal: where an entry stands, and what a step did.

The names of states and steps are those of the ontology; here stand only the words
around them.
"""

from __future__ import annotations

from ropa import approval, history, vocabulary
from ropa.approval import Course, Done, Kind, Obstacle, Revision, Step, Taken
from ropa.formats.reports.words import one_line
from ropa.wording import name_of

_FRAME = {
    "approval": {"en": "approval: {state}", "fr": "approbation\u00a0: {state}"},
    "by": {"en": " by {who}, {day}", "fr": " par {who}, {day}"},
    "change": {"en": " (change {number})", "fr": " (modification {number})"},
    "despite": {
        "en": "  despite {rule}: {message}",
        "fr": "  malgré {rule}\u00a0: {message}",
    },
    "despite count": {
        "en": ", despite {n} open finding(s)",
        "fr": ", malgré {n} constat(s) ouvert(s)",
    },
    "earlier": {
        "en": "approved before:{by}; shown by --approved, or --at {number}",
        "fr": "approuvé auparavant\u00a0:{by}\u00a0; "
        "montré par --approved, ou --at {number}",
    },
    "own": {
        "en": "  {who} made this revision, too.",
        "fr": "  Cette révision est aussi de {who}.",
    },
    "superseded": {
        "en": "  It takes the place of the approved version {number}.",
        "fr": "  Elle remplace la version approuvée {number}.",
    },
    "taken": {
        "en": "{entry}: {state} (version {number})",
        "fr": "{entry}\u00a0: {state} (version {number})",
    },
}


def state_name(state: approval.State, lang: str) -> str:
    """Name a state as the ontology does."""
    return vocabulary.load().label(approval.state_terms()[state], lang)


def step_name(kind: Kind, lang: str) -> str:
    """Name a kind of step as the ontology does."""
    return vocabulary.load().label(approval.step_classes()[kind], lang)


def standing(course: Course, lang: str) -> list[str]:
    """Say in a line or two how far an entry has come, and which version is approved.

    Args:
        course: of the entry.
        lang: language of the words.
    """
    if course.state is None:
        return []
    said = state_name(course.state, lang)
    if course.stands is not None:
        said += _by(course.stands.step, lang) + _despite(course.stands.approval, lang)
        said += _frame("change", lang, number=course.stands.number)
    lines = [_frame("approval", lang, state=said)]
    approved = course.approved
    if approved is not None and approved != course.stands:
        lines.append(_earlier(approved, lang))
    return lines


def _earlier(approved: Revision, lang: str) -> str:
    # At its approval it stands as it was approved, and is told to be.
    by = _by(approved.approval, lang)
    return _frame("earlier", lang, number=approved.approved_at, by=by)


def _by(step: Step | None, lang: str) -> str:
    return _frame("by", lang, who=step.author, day=step.moment[:10]) if step else ""


def _despite(step: Step | None, lang: str) -> str:
    number = len(step.despite) if step is not None else 0
    return _frame("despite count", lang, n=number) if number else ""


def as_text(done: Done, lang: str) -> str:
    """Say what a step did, entry by entry."""
    lines = [f"{step_name(done.kind, lang)}: {done.change}"]
    if lang == "fr":
        lines = [lines[0].replace(": ", "\u00a0: ", 1)]
    for one in done.entries:
        lines += _taken(one, done.author, lang)
    return "\n".join(lines) + "\n"


def _taken(one: Taken, author: str, lang: str) -> list[str]:
    lines = [
        _frame(
            "taken",
            lang,
            entry=name_of(one.entry),
            state=state_name(one.state, lang),
            number=one.number,
        )
    ]
    if one.superseded is not None:
        number = history.number_of(one.superseded)
        lines.append(_frame("superseded", lang, number=number))
    if one.is_own:
        lines.append(_frame("own", lang, who=author))
    lines += [obstacle(found, lang) for found in one.obstacles]
    return lines


def obstacle(found: Obstacle, lang: str) -> str:
    """Say what was open when somebody approved all the same."""
    message = found.message.get(lang) or found.message.get("en", "")
    return _frame("despite", lang, rule=found.rule, message=one_line(message))


def _frame(key: str, lang: str, **given: object) -> str:
    return _FRAME[key].get(lang, _FRAME[key]["en"]).format(**given)
