"""The work of the redactor is proportional to the length of the text, whatever is in it."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mockserver.recording import redact
from mockserver.recording.redact import Redactor
from tests.recording.test_redact import SENTENCES, SHAPES, WORDS
from tests.regex_steps import RegexSteps

PATTERNS = {n: it for n, it in vars(redact).items() if isinstance(it, re.Pattern)}
FRAGMENTS = st.sampled_from([*WORDS, *SHAPES, *"aZ0 _-.+/=:@\"'%?&\n"]) | st.text(max_size=3)
TEXTS = st.lists(FRAGMENTS, min_size=1, max_size=4).map("".join).filter(bool)
SHORT, LONG = 150, 600


def repeated(text: str, length: int) -> str:
    return (text * (length // len(text) + 1))[:length]


def steps(pattern: re.Pattern[str], text: str) -> int:
    counted = RegexSteps(pattern)
    counted.matches(text)
    return counted.steps


@pytest.mark.parametrize("name", PATTERNS)
@pytest.mark.parametrize("text", [*SHAPES, *SENTENCES], ids=range(len(SHAPES) + len(SENTENCES)))
def test_the_counting_matcher_matches_as_re_does(name: str, text: str) -> None:
    expected = [found[0] for found in PATTERNS[name].finditer(text)]
    assert RegexSteps(PATTERNS[name]).matches(text) == expected


@pytest.mark.unmeasured
@pytest.mark.parametrize("name", PATTERNS)
@settings(max_examples=10)
@given(text=TEXTS)
def test_the_steps_of_a_pattern_are_proportional_to_the_length(name: str, text: str) -> None:
    short, long = (steps(PATTERNS[name], repeated(text, size)) for size in (SHORT, LONG))
    assert long < 8 * short, "four times the text; a quadratic pattern takes 16 times the steps"


@pytest.mark.unmeasured
@pytest.mark.parametrize("word", [*WORDS, "a1 ", "-"])
@pytest.mark.parametrize("name", PATTERNS)
def test_the_steps_are_proportional_for_texts_that_were_slow(name: str, word: str) -> None:
    short, long = (steps(PATTERNS[name], repeated(word, size)) for size in (SHORT, LONG))
    assert long < 8 * short


@pytest.mark.unmeasured
def test_a_quadratic_pattern_takes_16_times_the_steps() -> None:
    short, long = (steps(re.compile("a+b"), "a" * size) for size in (SHORT, LONG))
    assert 15 < long / short < 17


class CountingPattern:
    """A pattern that counts the characters that it reads."""

    def __init__(self, pattern: re.Pattern[str], read: list[int]) -> None:
        self._pattern = pattern
        self._read = read
        self.pattern = pattern.pattern

    def sub(self, replacement: object, text: str) -> str:
        self._read.append(len(text))
        return self._pattern.sub(replacement, text)  # type: ignore[call-overload, no-any-return]

    def fullmatch(self, text: str) -> re.Match[str] | None:
        self._read.append(len(text))
        return self._pattern.fullmatch(text)


def characters_read(text: str) -> int:
    read: list[int] = []
    with pytest.MonkeyPatch.context() as patch:
        for name, pattern in PATTERNS.items():
            patch.setattr(redact, name, CountingPattern(pattern, read))
        Redactor("mock-key-0123456789", "k").text(text)
    return sum(read)


@settings(max_examples=30)
@given(text=TEXTS)
@example("https://a.test/?b=")
@example("http%3A%2F%2Fa%3Fb%3D")
def test_no_part_of_a_text_is_read_again_and_again(text: str) -> None:
    short, long = (characters_read(repeated(text, size)) for size in (2_000, 16_000))
    assert long < 12 * short, "eight times the text; 64 times as much would be quadratic"
