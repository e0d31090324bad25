"""What a text costs and where it may be cut; 3GPP TS 23.038, 6.2.1 and TS 23.040, 9.2.3.24."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wcwidth import iter_graphemes

from bridge.core import gsm

TABLE = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
FAMILY = "👨\u200d👩\u200d👧"  # one cluster, 8 UTF-16 units
FLAG = "🇬🇧"  # one cluster, 4 units


def test_the_basic_table_has_127_characters_beside_the_escape() -> None:
    assert len(gsm.BASIC) == 127
    assert gsm.is_gsm(TABLE)
    assert len(TABLE) == 127


def test_the_extension_table_has_ten_characters() -> None:
    assert len(gsm.EXTENSION) == 10
    assert gsm.is_gsm("\f^{}\\[~]|€")


def cut(
    text: str,
    most: int,
    *,
    mark: str = gsm.MARK,
    count: Callable[[str], int] = gsm.segments,
) -> str:
    """A text in so many segments, as compose has it shortened."""
    if count(text) <= most:
        return text
    return gsm.shortened(text[: most * 160 + 1], lambda t: count(t) <= most, mark)


@pytest.mark.parametrize("text", ["`", "ç", "á", "’", "…", "\u00a0", "\t", "ł", "Α", "\0", "😀"])
def test_other_characters_are_not_gsm(text: str) -> None:
    assert not gsm.is_gsm(text)
    assert not gsm.is_gsm("£" + text)


@pytest.mark.parametrize(
    ("text", "septets"), [("", 0), ("hello", 5), ("€", 2), ("[a]", 5), ("Ω", 1)]
)
def test_a_character_of_the_extension_table_counts_two(text: str, septets: int) -> None:
    assert gsm.septets(text) == septets


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        pytest.param("", 1, id="nothing"),
        pytest.param("a" * 160, 1, id="160 septets"),
        pytest.param("a" * 161, 2, id="161 septets"),
        pytest.param("a" * 306, 2, id="2 x 153"),
        pytest.param("a" * 307, 3, id="2 x 153 + 1"),
        pytest.param("a" * 158 + "€", 1, id="160 with an escape pair"),
        pytest.param("a" * 159 + "€", 2, id="161 with an escape pair"),
        pytest.param("a" * 152 + "€" + "a" * 152, 3, id="the pair moves whole: 152, 154 -> 3"),
        pytest.param("a" * 152 + "€" + "a" * 151, 2, id="the pair moves whole: 152, 153"),
        pytest.param("я" * 70, 1, id="70 units"),
        pytest.param("я" * 71, 2, id="71 units"),
        pytest.param("я" * 134, 2, id="2 x 67"),
        pytest.param("я" * 135, 3, id="2 x 67 + 1"),
        pytest.param("😀" * 35, 1, id="35 pairs"),
        pytest.param("я" * 66 + "😀" + "я" * 66, 3, id="the pair moves whole: 66, 68 -> 3"),
        pytest.param("a" * 69 + "\u00a0", 1, id="a non-breaking space, 70"),
        pytest.param("a" * 159 + "\u00a0", 3, id="a non-breaking space triples the price"),
    ],
)
def test_segments_are_counted_as_they_are_billed(text: str, segments: int) -> None:
    assert gsm.segments(text) == segments


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("I’m “here” – ok…", 'I\'m "here" - ok...'),
        ("a\u00a0b\u2009c\u3000d", "a b c d"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("• one", "* one"),
        ("ＡＢＣ１２３！", "ABC123!"),
        ("ﬁne aﬀair", "fine affair"),
        ("e\u0301te\u0301", "été"),
        ("sıcak", "sicak"),
        pytest.param("Łódź – ’", "Łódź – ’", id="letters of words stay, and so does the rest"),
        pytest.param("“Привет”", "“Привет”", id="Cyrillic goes as Unicode, as written"),
        pytest.param("it’s 😀", "it’s 😀", id="an emoji"),
        pytest.param("zaż\u0301", "zaż\u0301", id="composed as far as it can be"),
        ("plain `tick`", "plain 'tick'"),
    ],
)
def test_lookalikes_are_replaced_only_if_that_makes_it_gsm(text: str, sent: str) -> None:
    assert gsm.with_lookalikes_replaced(text) == sent


def test_a_short_text_is_one_part_without_a_number() -> None:
    assert gsm.parts("я" * 70) == ("я" * 70,)


def test_parts_are_numbered_and_cut_at_words() -> None:
    text = "Слово " * 20
    assert gsm.parts(text) == (
        "(1/2) " + " ".join(["Слово"] * 10),
        "(2/2) " + " ".join(["Слово"] * 10),
    )


def test_ten_parts_and_more_leave_room_for_their_numbers() -> None:
    found = gsm.parts("я" * 900)
    assert found[0].startswith(f"(1/{len(found)}) я")
    assert found[-1].startswith(f"({len(found)}/{len(found)}) я")
    assert len(found) == 15
    assert all(gsm.units(part) <= 70 for part in found)


@pytest.mark.parametrize("cluster", [FAMILY, FLAG, "👍🏽", "e\u0323\u0301", "\r\n", "한"])
def test_a_cluster_is_never_cut(cluster: str) -> None:
    for part in gsm.parts("яя" + cluster * 40):
        body = part.partition(") ")[2]
        assert set(iter_graphemes(body)) <= {cluster, "я"}


def test_a_cluster_longer_than_a_part_is_cut_between_characters() -> None:
    text = "e" + "\u0301" * 200
    found = gsm.parts(text)
    assert "".join(part.partition(") ")[2] for part in found) == text


TEXTS = st.lists(
    st.one_of(
        st.characters(codec="utf-8"), st.sampled_from([" ", "\n", FAMILY, FLAG, "word ", "a", "я"])
    ),
    max_size=300,
).map("".join)


def spoken(text: str) -> str:
    return "".join(text.split())


@given(TEXTS)
def test_parts_rejoin_and_none_is_over_the_limit(text: str) -> None:
    found = gsm.parts(text)
    assert all(gsm.units(part) <= 70 for part in found)
    bodies = found if len(found) == 1 else [part.partition(") ")[2] for part in found]
    assert spoken("".join(bodies)) == spoken(text)
    for part in found:
        part.encode("utf-16-be")  # no surrogate pair was cut


@given(TEXTS, st.integers(1, 10))
def test_what_is_cut_fits_and_is_a_beginning(text: str, most: int) -> None:
    for count in (gsm.segments, gsm.numbered):
        sent = cut(text, most, count=count)
        assert count(sent) <= most
        assert sent == text or text.startswith(sent.removesuffix("..."))


def test_a_text_is_cut_at_a_word_and_ends_in_three_gsm_dots() -> None:
    sent = cut("hello world " * 30, 1)
    assert sent == "hello world " * 12 + "hello world..."
    assert gsm.septets(sent) <= 160


def test_a_word_longer_than_half_the_text_is_cut_inside() -> None:
    assert cut("see " + "x" * 400, 1) == "see " + "x" * 153 + "..."


def test_an_emoji_behind_the_cut_does_not_make_the_text_unicode() -> None:
    sent = cut("word " * 70 + "😀", 2, count=gsm.numbered)
    assert gsm.is_gsm(sent)
    assert gsm.segments(sent) == 2
    assert len(sent) > 290


def test_the_mark_stays_whole() -> None:
    sent = cut("word " * 70, 1, mark="... [1 picture]")
    assert sent.endswith("word... [1 picture]")
    assert gsm.segments(sent) == 1
