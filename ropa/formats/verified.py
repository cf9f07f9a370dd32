"""What was proved of a register, as text.

The words for faults are those of the ontology; here stand only the words around them.
"""

from __future__ import annotations

from collections.abc import Iterator

from ropa import vocabulary
from ropa.integrity import Fault, Statements, Verification
from ropa.salvaging import Salvaged

_FRAME = {
    "intact": {
        "en": "History is intact, and what stands is what it leads to.",
        "fr": "L\u2019historique est intact, et l\u2019état présent est ce à quoi il "
        "mène.",
    },
    "one fault": {"en": "One fault was found.", "fr": "Un défaut a été trouvé."},
    "faults": {
        "en": "{n} faults were found.",
        "fr": "{n} défauts ont été trouvés.",
    },
    "changes": {"en": "changes", "fr": "modifications"},
    "entries": {"en": "entries", "fr": "fiches"},
    "newest": {"en": "newest", "fr": "dernière"},
    "moment": {"en": "made", "fr": "faite le"},
    "note": {
        "en": "Note the digest down elsewhere: `ropa verify --head DIGEST` proves "
        "later that no change up to this one was altered or lost.",
        "fr": "Notez l\u2019empreinte ailleurs\u00a0: `ropa verify --head EMPREINTE` "
        "prouvera plus tard qu\u2019aucune modification jusqu\u2019à celle-ci n\u2019a "
        "été altérée ni perdue.",
    },
    "found head": {
        "en": "The noted digest is that of change {n}.",
        "fr": "L\u2019empreinte notée est celle de la modification {n}.",
    },
    "late": {
        "en": "The log beside the store begins with change {n}; it vouches for none "
        "before.",
        "fr": "Le journal à côté du dépôt commence à la modification {n}\u00a0; il ne "
        "garantit rien avant elle.",
    },
    "graph": {"en": "graph", "fr": "graphe"},
    "change": {"en": "change", "fr": "modification"},
    "entry": {"en": "entry", "fr": "fiche"},
    "expected": {"en": "expected", "fr": "attendu"},
    "found": {"en": "found", "fr": "trouvé"},
    "missing": {"en": "missing", "fr": "manque"},
    "surplus": {"en": "too many", "fr": "en trop"},
    "nothing": {"en": "nothing", "fr": "rien"},
    "more": {"en": "and {n} more", "fr": "et {n} de plus"},
    "restore": {
        "en": "History itself is damaged: put a backup back with `ropa restore`.",
        "fr": "L\u2019historique même est endommagé\u00a0: rétablissez une sauvegarde "
        "avec `ropa restore`.",
    },
    "rebuild": {
        "en": "History is intact: `ropa verify --rebuild` leads what stands back to "
        "it.",
        "fr": "L\u2019historique est intact\u00a0: `ropa verify --rebuild` y ramène "
        "l\u2019état présent.",
    },
    "log": {
        "en": "History is intact by its own digests; only the log beside the store is "
        "not as it was written. `ropa verify --rebuild` writes it anew from history, "
        "and keeps the former one. It says nothing against somebody who altered both: "
        "for that, see first that a digest noted elsewhere is in the chain, with "
        "`ropa verify --head DIGEST`. If it is not, put a backup back with `ropa "
        "restore`.",
        "fr": "L\u2019historique est intact selon ses propres empreintes\u00a0; seul "
        "le journal à côté du dépôt n\u2019est pas tel qu\u2019écrit. `ropa verify "
        "--rebuild` le récrit d\u2019après l\u2019historique, et conserve "
        "l\u2019ancien. Cela ne prouve rien contre qui aurait altéré les deux\u00a0: "
        "vérifiez d\u2019abord qu\u2019une empreinte notée ailleurs est dans la "
        "chaîne, avec `ropa verify --head EMPREINTE`. Si elle n\u2019y est pas, "
        "rétablissez une sauvegarde avec `ropa restore`.",
    },
    "unclear": {
        "en": "History is intact by its own digests, but the log beside the store says "
        "that it is another one: one of the two was altered or cut. A digest noted "
        "elsewhere decides: where it is that of the change named above, or of a later "
        "one, history is right, and `ropa verify --rebuild --head DIGEST` writes the "
        "log anew. Otherwise put a backup back with `ropa restore`; or, should what "
        "stands count all the same, move the file `history.log` away and run `ropa "
        "verify --rebuild`.",
        "fr": "L\u2019historique est intact selon ses propres empreintes, mais le "
        "journal à côté du dépôt en indique un autre\u00a0: l\u2019un des deux a été "
        "altéré ou coupé. Une empreinte notée ailleurs tranche\u00a0: si c\u2019est "
        "celle de la modification nommée ci-dessus, ou d\u2019une plus récente, "
        "l\u2019historique est juste, et `ropa verify --rebuild --head EMPREINTE` "
        "récrit le journal. Sinon, rétablissez une sauvegarde avec `ropa restore`"
        "\u00a0; ou, si l\u2019état présent doit valoir malgré tout, déplacez le "
        "fichier `history.log` et lancez `ropa verify --rebuild`.",
    },
    "log renewed": {
        "en": "Put right: the log beside the store, written anew from history; the "
        "former one is kept beside it.",
        "fr": "Rétabli\u00a0: le journal à côté du dépôt, récrit d\u2019après "
        "l\u2019historique\u00a0; l\u2019ancien est conservé à côté.",
    },
    "salvaged": {
        "en": "Built anew from what could be read: {n} graphs.",
        "fr": "Reconstruit à partir de ce qui a pu être lu\u00a0: {n} graphes.",
    },
    "partly": {
        "en": "Not to be read, or not whole, and made again from history: {n}.",
        "fr": "Illisibles, ou incomplets, et refaits d\u2019après l\u2019historique"
        "\u00a0: {n}.",
    },
    "aside": {
        "en": "The damaged folder is kept: {path}",
        "fr": "Le dossier endommagé est conservé\u00a0: {path}",
    },
    "mended": {"en": "Put right: {n} graphs.", "fr": "Graphes rétablis\u00a0: {n}."},
    "union mended": {
        "en": "Put right: the default graph.",
        "fr": "Graphe par défaut rétabli.",
    },
}
_WIDTH = 14


def say(key: str, lang: str, **values: object) -> str:
    """Give one of the words around a verification."""
    words = _FRAME[key]
    return words.get(lang, words["en"]).format(**values)


def as_text(found: Verification, lang: str = "en") -> str:
    """Write all that was proved and found."""
    lines = [line for fault in found.faults for line in _fault(fault, lang)]
    if found.is_intact:
        lines.append(say("intact", lang))
    elif len(found.faults) == 1:
        lines.append(say("one fault", lang))
    else:
        lines.append(say("faults", lang, n=len(found.faults)))
    lines += [
        _row(say("changes", lang), str(found.changes)),
        _row(say("entries", lang), str(found.entries)),
    ]
    if found.changes:
        lines += [
            _row(say("newest", lang), found.digest),
            _row(say("moment", lang), found.moment),
        ]
    lines += _remarks(found, lang)
    return "\n".join(lines) + "\n"


def mended(found: Verification, lang: str = "en") -> str:
    """Write what was put right."""
    lines = [say("log renewed", lang)] if found.log_renewed else []
    if found.mended:
        lines.append(say("mended", lang, n=len(found.mended)))
        lines += [f"  {name}" for name in found.mended]
    elif not lines:
        lines.append(say("union mended", lang))
    return "\n".join(lines) + "\n"


def salvaged(done: Salvaged, lang: str = "en") -> str:
    """Write what was read of a damaged folder, and where that is kept."""
    lines = [say("salvaged", lang, n=done.graphs)]
    if done.partly:
        lines.append(say("partly", lang, n=len(done.partly)))
        lines += [f"  {name}" for name in done.partly]
    lines.append(say("aside", lang, path=done.aside))
    return "\n".join(lines) + "\n"


def _remarks(found: Verification, lang: str) -> Iterator[str]:
    if found.noted_change is not None:
        yield say("found head", lang, n=found.noted_change)
    if found.witnessed is not None and found.witnessed[0] > 1:
        yield say("late", lang, n=found.witnessed[0])
    if found.is_intact:
        if found.changes:
            yield say("note", lang)
        return
    of_log = [fault for fault in found.faults if fault.is_of_log]
    of_standing = [fault for fault in found.faults if fault.is_of_standing]
    if len(of_log) + len(of_standing) < len(found.faults):
        yield say("restore", lang)
    elif not all(fault.can_be_rebuilt for fault in of_log):
        yield say("unclear", lang)
    elif of_log:
        yield say("log", lang)
    else:
        yield say("rebuild", lang)


def _fault(fault: Fault, lang: str) -> Iterator[str]:
    words = vocabulary.load()
    yield words.label(fault.kind, lang)
    yield f"  {words.definition(fault.kind, lang)}."
    for key, value in (
        ("graph", fault.graph if fault.graph != fault.entry else None),
        ("change", fault.change),
        ("entry", fault.entry),
    ):
        if value is not None:
            yield _row(say(key, lang), str(value))
    if fault.expected or fault.found:
        yield _row(say("expected", lang), fault.expected or say("nothing", lang))
        yield _row(say("found", lang), fault.found or say("nothing", lang))
    yield from _statements(fault.missing, "missing", lang)
    yield from _statements(fault.surplus, "surplus", lang)


def _statements(those: Statements, key: str, lang: str) -> Iterator[str]:
    for line in those.told:
        yield _row(say(key, lang), line)
    more = those.number - len(those.told)
    if more:
        yield _row("", say("more", lang, n=more))


def _row(name: str, value: str) -> str:
    return f"  {name.ljust(_WIDTH)}{value}"
