"""What a foreign document holds reaches no terminal, CI service or shell as a command."""

from __future__ import annotations

import io
import json
import shlex
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.cli.main import main
from mockserver.contracts.finding import quote
from mockserver.verify.printable import PrintableStream, printable
from tests.documents import PLACE, document


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("fine: é €\n\tmore::x", "fine: é €\n\tmore::x"),
        ("\x1b[31mred\x1b[0m", "\x1b[31mred\x1b[0m"),
        ("\x1b[2J\x1b]0;title\x07", r"\x1b[2J\x1b]0;title\x07"),
        ("a\rb\x00\x7f\x9b1m", r"a\rb\x00\x7f\x9b1m"),
        ("\u202eabc\ud800", r"\u202eabc\ud800"),
        ("::error::a\n  ::warning::b", "\\x3a:error::a\n  \\x3a:warning::b"),
        ("\x1b[31m::error::a", "\x1b[31m\\x3a:error::a"),
        ("a ##[error]b ##vso[task.complete]", r"a \x23#[error]b \x23#vso[task.complete]"),
    ],
)
def test_only_text_and_colors_are_printed(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text(st.sampled_from("\x1b[2mJ:# \n\tax\r\u202e"), max_size=12))
def test_printed_text_is_the_same_when_printed_again(text: str) -> None:
    once = printable(text)
    assert printable(once) == once
    assert all(not line.lstrip().startswith("::") for line in once.split("\n"))


def test_a_character_that_the_terminal_does_not_have_is_escaped() -> None:
    raw = io.BytesIO()
    stream = PrintableStream(io.TextIOWrapper(raw, encoding="ascii"))
    assert not stream.isatty()
    stream.write("é")
    stream.flush()
    assert raw.getvalue() == b"\\xe9"


def run_main(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["mockserver", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_no_command_prints_a_foreign_name_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name, path = "a\n::error::b\x1b[2J", "/v1/$(touch)/x"
    fields = {name: {"format": name}, "it": {"enum": ["x ::error::y", "\u202ez"]}}
    whole = document("3.1.0", **fields)
    whole["paths"] = {path: {"post": {**whole["paths"][PLACE]["post"], name: 1}}}
    file, root = tmp_path / "one.json", tmp_path / "contracts"
    file.write_text(json.dumps(whole))
    response = tmp_path / "response.json"
    response.write_text(json.dumps({name: name, "data": [{"url": name}]}))
    contract, schemas = "mock-1@2026-09-01", ("--schemas", root)
    assert run_main(monkeypatch, "import", file, "--revision", "2026-09-01", "--into", root) == 0
    pasted = capsys.readouterr().out.splitlines()[-1]
    assert shlex.split(pasted)[2] == f"http://127.0.0.1:8000{path}"
    for command in (
        ("import", file, "--revision", "2026-09-01", "--into", root),
        ("import", "--check", file, "--into", root),
        ("contracts", *schemas),
        ("diff", contract, "dall-e-2", *schemas),
        ("diff", "dall-e-2", contract, "--markdown", *schemas),
        ("identify", response, "--contract", contract, *schemas),
        ("identify", response, "--contract", contract, "--json", *schemas),
        ("import", tmp_path / name),
    ):
        run_main(monkeypatch, *command)
        printed = "".join(capsys.readouterr())
        assert printed
        assert "".join(c for c in printed if not c.isprintable() and c != "\n") == ""
        assert not [line for line in printed.splitlines() if line.lstrip().startswith("::")]


def test_a_quoted_text_is_one_line_and_keeps_its_letters_and_emoji() -> None:
    family = "\U0001f469\u200d\U0001f467"
    assert quote(f"ein Füchs\n{family}\u202e\x1b") == f"'ein Füchs\\n{family}\\u202e\\x1b'"
