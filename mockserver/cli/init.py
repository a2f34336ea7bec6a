"""The command ``mockserver init``."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import click

from mockserver.cli.config_file import find_config
from mockserver.cli.output import pluralize, write_file

_TEMPLATES = Path(__file__).parent / "templates"
_CONFIGURATION = Path("mockserver.toml")
_FILES = {
    _CONFIGURATION: "mockserver.toml",
    Path("tests/test_image_api.py"): "test_image_api.txt",
    Path(".github/workflows/image-api-contract.yml"): "image-api-contract.yml",
}
"""The files of a project, and the template of each."""


@click.command()
@click.option("--yes", is_flag=True, help="Write without a question.")
def init(*, yes: bool) -> None:
    """Write a configuration, a test and a CI workflow.

    They are files of the project, which is the working directory. They are shown first. A file that
    exists is never changed.
    """
    files = _missing_files()
    for path, text in files.items():
        click.echo(f"--- {path}\n{text}")
    if not files:
        click.echo("nothing to write")
        return
    if not yes and not sys.stdin.isatty():
        raise click.UsageError("nothing is written without a terminal; --yes writes these files")
    if not yes and not click.confirm(f"Write {pluralize(len(files), 'file')} into {Path.cwd()}?"):
        click.echo("nothing is written")
        return
    for path, text in files.items():
        write_file(path, text, "x")
        click.echo(f"wrote {path}")
    click.echo("To try next:\n  python -m pytest tests/test_image_api.py\n  mockserver verify")


def _missing_files() -> Mapping[Path, str]:
    """Return the files to write, and print which exist."""
    files = {path: (_TEMPLATES / name).read_text("utf-8") for path, name in _FILES.items()}
    for path in [*files]:
        file = find_config(Path.cwd()).file if path == _CONFIGURATION else path.resolve()
        if file and file.exists():
            click.echo(f"skipped: {file} exists")
            del files[path]
    return files
