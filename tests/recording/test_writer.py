"""Files of recordings are written whole and never overwritten, whatever else happens."""

from __future__ import annotations

import errno
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mockserver.contracts import Exchange, Finding, Level, Request, Response
from mockserver.errors import SettingsError
from mockserver.recording.loading import load_recordings
from mockserver.recording.writer import Recorder
from tests.http import BEARER, PATH
from tests.recording.test_redact import IMAGE, PLANTED, TINY_PNG

JSON_TYPE = {"Content-Type": "application/json"}


def exchange(body: object, **downloads: Response) -> Exchange:
    request = Request("POST", PATH, {**BEARER, **JSON_TYPE}, b"{}")
    return Exchange(request, Response(200, JSON_TYPE, json.dumps(body).encode()), downloads)


def test_several_recorders_in_one_folder_overwrite_nothing(tmp_path: Path) -> None:
    recorders = [Recorder(tmp_path) for _ in range(4)]
    bodies = [{"number": number, "image": TINY_PNG} for number in range(40)]
    with ThreadPoolExecutor(8) as threads:
        written = threads.map(
            lambda body: recorders[body["number"] % 4].write(exchange(body)),
            bodies,
        )
    assert len(set(written)) == 40
    found = [json.loads(each.exchange().response.body) for each in load_recordings([tmp_path])]
    assert sorted(found, key=lambda body: body["number"]) == bodies
    assert len(list(tmp_path.iterdir())) == 80, "a file of JSON and an image for each"


def test_a_number_that_another_recorder_has_reserved_is_not_used(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path)
    (tmp_path / "0001.partial").touch()
    (tmp_path / "0002-503.json").touch()
    assert recorder.write(exchange({})).name == "0003-200.json"


@pytest.mark.parametrize("fitting", range(2))
def test_nothing_is_left_of_an_exchange_that_does_not_fit_on_the_disk(
    fitting: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder, sizes = Recorder(tmp_path), []

    def write_bytes(path: Path, data: bytes) -> None:
        path.touch()
        sizes.append(len(data))
        if len(sizes) > fitting:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", write_bytes)
    with pytest.raises(SettingsError, match=r"cannot record .*0001-200\.json: No space left"):
        recorder.write(exchange({"image": TINY_PNG}))
    assert list(tmp_path.iterdir()) == []


def test_links_that_differ_in_a_secret_only_keep_their_images(tmp_path: Path) -> None:
    links = [f"https://cdn.test/a.png?sig={PLANTED}{number}" for number in range(3)]
    downloads = {
        link: Response(200, {"Content-Type": "image/png"}, b"\x89PNG\r\n\x1a\n%d" % number)
        for number, link in enumerate(links)
    }
    body = {"data": [{"url": link} for link in links]}
    file = Recorder(tmp_path).write(exchange(body, **downloads))
    (recording,) = load_recordings([file])
    again = recording.exchange()
    urls = [item["url"] for item in json.loads(again.response.body)["data"]]
    received = [again.downloads[url] for url in urls]
    assert [each.body for each in received if isinstance(each, Response)] == [
        each.body for each in downloads.values()
    ]
    assert PLANTED not in file.read_text()


def test_no_secret_is_left_in_a_finding(tmp_path: Path) -> None:
    finding = Finding(Level.DOCUMENTED, "/response/body/mock-key", "required", "a", "b")
    file = Recorder(tmp_path, "mock-key").write(exchange({"image": IMAGE}), findings=[finding])
    assert json.loads(file.read_text())["findings"] == [
        "documented /response/body/[redacted] required"
    ]
