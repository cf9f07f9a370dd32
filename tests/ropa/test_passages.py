"""Passages in a plain text: nothing lost, nothing marked that is not meant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ropa import passages
from ropa.errors import InputError, MediaTypeUnknown, SourceUnknown, TooLarge
from ropa.passages import Line

# Markup, every kind of line break, letters of several code units, combining marks.
BREAKS = ["\n", "\r", "\r\n"]
LETTERS = st.sampled_from(
    [
        *"ab <>&\"'\t",
        *BREAKS,
        "\N{LATIN SMALL LETTER E WITH ACUTE}",
        "e\u0301",
        "\U0001f600",
    ]
)
TEXTS = st.lists(LETTERS, max_size=60).map("".join)
SPANS = st.lists(st.tuples(st.integers(-3, 70), st.integers(-3, 70)), max_size=12)


def together(lines: list[Line]) -> str:
    """Put pieces and line breaks together."""
    return "".join(
        "".join(piece.text for piece in line.pieces) + line.ending for line in lines
    )


@given(TEXTS, SPANS)
def test_the_text_stays_whole(text: str, spans: list[tuple[int, int]]) -> None:
    """However passages overlap, pieces and line breaks are the text again."""
    lines = passages.in_place(text, spans)
    assert together(lines) == text
    assert [line.number for line in lines] == list(range(1, len(lines) + 1))
    for line in lines:
        for piece in line.pieces:
            assert piece.text == text[piece.start : piece.start + len(piece.text)]
            assert piece.text


@given(TEXTS, SPANS)
def test_each_passage_is_marked_where_it_stands(
    text: str, spans: list[tuple[int, int]]
) -> None:
    """A character is marked for a passage exactly if it lies between its ends."""
    broken = set()
    at = 0
    marked: list[set[int]] = [set() for _ in spans]
    for line in passages.in_place(text, spans):
        for piece in line.pieces:
            for index in piece.covers:
                marked[index] |= set(range(at, at + len(piece.text)))
            at += len(piece.text)
        broken |= set(range(at, at + len(line.ending)))
        at += len(line.ending)
    for (start, end), found in zip(spans, marked, strict=True):
        meant = set(range(max(start, 0), min(end, len(text)))) if start < end else set()
        assert found == meant - broken


@given(TEXTS, SPANS)
def test_each_passage_opens_once_and_closes_once(
    text: str, spans: list[tuple[int, int]]
) -> None:
    """Names and links of a passage can stand at its first and last piece alone."""
    pieces = [piece for line in passages.in_place(text, spans) for piece in line.pieces]
    for index in range(len(spans)):
        covering = [n for n, piece in enumerate(pieces) if index in piece.covers]
        opening = [n for n, piece in enumerate(pieces) if index in piece.opens]
        closing = [n for n, piece in enumerate(pieces) if index in piece.closes]
        assert opening == covering[:1]
        assert closing == covering[-1:]


@given(TEXTS, st.integers(0, 70))
def test_a_line_is_counted_alike(text: str, position: int) -> None:
    """The line of a position is the line whose piece holds it."""
    for line in passages.in_place(text, []):
        for piece in line.pieces:
            if piece.start <= position < piece.start + len(piece.text):
                assert passages.line_of(text, position) == line.number


@given(st.lists(st.sampled_from("ab\n\r"), min_size=1, max_size=20).map("".join))
def test_line_breaks_of_a_browser_are_found_again(text: str) -> None:
    """What a form sends with CRLF is among the forms that are tried."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    sent = plain.replace("\n", "\r\n").encode()
    assert plain.encode() in passages.respelt(sent)


@pytest.mark.parametrize(
    ("data", "kind", "said"),
    [
        (b"", InputError, "empty"),
        (b" \n\t\r\n", InputError, "empty"),
        (b"%PDF-1.7\n\x00\x01\xff\xfe", MediaTypeUnknown, "plain text"),
        (b"plain\x00text", MediaTypeUnknown, "plain text"),
        ("Données".encode("latin-1"), InputError, "UTF-8"),
        (b"caf\xc3", InputError, "byte 4"),
        (b"a" * (passages.MAX_BYTES + 1), TooLarge, "10 MiB"),
    ],
    ids=["empty", "blank", "pdf", "nul", "latin-1", "cut", "huge"],
)
def test_what_is_no_text_is_told(
    data: bytes, kind: type[InputError], said: str
) -> None:
    """Each reason has its own sentence with the name of the file."""
    with pytest.raises(kind) as refusal:
        passages.decode(data, "The file x.txt")
    assert type(refusal.value) is kind
    assert said in refusal.value.message
    assert refusal.value.message.startswith("The file x.txt ")
    assert refusal.value.hint


def test_a_text_is_taken_as_it_is() -> None:
    """No line break is translated and no mark of order dropped: positions count all."""
    data = "\ufeffone\r\ntwo\r".encode()
    assert passages.decode(data, "x") == "\ufeffone\r\ntwo\r"


def test_a_known_document_is_recognised_by_its_digest() -> None:
    """Only the very bytes that were read count."""
    known = {passages.digest(b"one\ntwo"): "One policy"}
    assert passages.recognise(b"one\ntwo", known, "x") == next(iter(known))


@pytest.mark.parametrize("data", [b"one\r\ntwo", b"one\ntwo\n", b"one\rtwo\r"])
def test_other_line_breaks_are_named_as_the_cause(data: bytes) -> None:
    """A text that an editor respelt is refused, with the reason."""
    known = {passages.digest(b"one\ntwo"): "One policy"}
    with pytest.raises(SourceUnknown) as refusal:
        passages.recognise(data, known, "The file x.txt")
    assert passages.digest(data) in refusal.value.message
    assert "line breaks differ from One policy" in refusal.value.hint


@pytest.mark.parametrize(
    ("read", "data", "said"),
    [
        (
            b"one\ntwo",
            passages.MARK + b"one\ntwo",
            "Only a byte order mark at its start ",
        ),
        (
            passages.MARK + b"one\ntwo",
            b"one\ntwo",
            "Only a byte order mark at its start ",
        ),
        (b"a\r\nb\rc\n", passages.MARK + b"a\r\nb\rc\n", "mark at its start differs"),
        (b"one\ntwo", passages.MARK + b"one\r\ntwo", "mark at its start and its line "),
        (passages.MARK + b"one\ntwo", passages.MARK + b"one\r\ntwo", "Only its line "),
    ],
    ids=["added", "dropped", "mixed", "both", "breaks"],
)
def test_a_byte_order_mark_is_named_as_the_cause(
    read: bytes, data: bytes, said: str
) -> None:
    """An editor that puts one before the text makes no other version of it."""
    known = {passages.digest(read): "One policy"}
    with pytest.raises(SourceUnknown) as refusal:
        passages.recognise(data, known, "The file x.txt")
    assert said in refusal.value.hint
    assert "from One policy" in refusal.value.hint


def test_another_text_is_told_with_what_is_known() -> None:
    """The digest found and those known stand in the refusal."""
    known = {passages.digest(b"one"): "One policy", passages.digest(b"two"): "Two"}
    with pytest.raises(SourceUnknown) as refusal:
        passages.recognise(b"three", known, "The file x.txt")
    assert passages.digest(b"three") in refusal.value.message
    assert all(key in refusal.value.hint for key in known)
    assert refusal.value.exit_code == 2
    with pytest.raises(SourceUnknown, match="SHA-256") as alone:
        passages.recognise(b"three", {}, "x")
    assert "no document" in alone.value.hint
