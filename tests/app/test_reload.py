"""Contracts of other folders are served, and followed when their files change."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from mockserver.contracts import default_catalog
from mockserver.contracts.reloading import ReloadingCatalog
from mockserver.errors import ContractError, SettingsError
from mockserver.paths import SCHEMAS
from mockserver.strict_json import JSON
from tests.corrupting import put
from tests.documents import document, imported
from tests.http import BEARER, DEFAULTS, PINNED, FrozenClock, Generate, MakeClient, Serve

MODEL = "mock-1"
FOLDER = "mock-1/2026-09-01"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "contracts"
    for contract_files in imported(tmp_path, document(size={"enum": ["256x256"]})).contracts:
        contract_files.write(root)
    return root


@pytest.fixture
def watching(make_client: MakeClient, root: Path) -> FlaskClient:
    return make_client(schemas=(str(root),), reload=True)


@pytest.fixture
def later(clock: FrozenClock) -> Callable[[], None]:
    def wait() -> None:
        clock.now += 1

    return wait


def served(client: FlaskClient) -> list[str]:
    response: dict[str, JSON] = client.get("/healthz").get_json()
    return list(response["contracts"])


def allow(root: Path, *sizes: str) -> None:
    put(root / FOLDER / "request.schema.json", "/properties/size/enum", list(sizes))


def ask(client: FlaskClient, size: str) -> int:
    return Generate(client, model=MODEL)(size=size).status_code


def test_contracts_of_other_folders_stand_beside_the_shipped_ones(
    make_client: MakeClient, root: Path
) -> None:
    client = make_client(schemas=(str(root),))
    assert served(client) == [PINNED, *sorted([*DEFAULTS[1:], "mock-1@2026-09-01"])]
    assert ask(client, "256x256") == 200


def test_several_folders_and_one_of_them_twice(
    make_client: MakeClient, root: Path, tmp_path: Path
) -> None:
    for contract_files in imported(tmp_path, document(model={"enum": ["a/b"]})).contracts:
        contract_files.write(tmp_path / "more")
    more = str(tmp_path / "more")
    client = make_client(schemas=(str(root), more, f"{root}/../more", str(SCHEMAS)))
    added = ["a/b@2026-09-01", "mock-1@2026-09-01"]
    assert served(client) == [PINNED, *sorted([*DEFAULTS[1:], *added])]


def test_another_folders_revision_can_be_chosen_and_is_a_models_default_when_it_is_the_latest(
    make_client: MakeClient, tmp_path: Path
) -> None:
    for contract_files in imported(tmp_path, document(model={"enum": ["dall-e-3"]})).contracts:
        contract_files.write(tmp_path / "more")
    more = (str(tmp_path / "more"),)
    assert "dall-e-3@2026-09-01" in served(make_client(schemas=more))
    chosen = make_client(schemas=more, contracts=("dall-e-3@2026-01-16",))
    assert served(chosen)[0] == "dall-e-3@2026-01-16"


def test_a_revision_that_two_folders_tell_is_refused(make_client: MakeClient, root: Path) -> None:
    shutil.copytree(root, root.parent / "copy")
    with pytest.raises(ContractError, match="mock-1@2026-09-01 is already in"):
        make_client(schemas=(str(root), str(root.parent / "copy")))


def test_a_folder_without_contracts_is_refused(make_client: MakeClient, tmp_path: Path) -> None:
    with pytest.raises(
        SettingsError, match=r"schemas: expected contracts, found no contract\.json"
    ):
        make_client(schemas=(str(tmp_path),))


def test_without_being_asked_nothing_is_read_again(
    make_client: MakeClient, root: Path, later: Callable[[], None]
) -> None:
    client = make_client(schemas=(str(root),))
    allow(root, "512x512")
    later()
    assert ask(client, "512x512") == 400


def test_a_changed_file_is_followed_within_a_second(
    watching: FlaskClient, root: Path, later: Callable[[], None], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "mockserver")
    assert ask(watching, "512x512") == 400
    allow(root, "256x256", "512x512")
    assert ask(watching, "512x512") == 400
    later()
    assert ask(watching, "512x512") == 200
    (told,) = (r.message for r in caplog.records if "again" in r.message)
    assert told == f"{len(default_catalog().select()) + 1} contracts read again"


def test_the_response_is_filled_by_the_changed_contract(
    watching: FlaskClient, root: Path, later: Callable[[], None]
) -> None:
    generate = Generate(watching, model=MODEL)
    assert "note" not in generate.response()
    note = {"type": "string", "const": "new"}
    put(root / FOLDER / "response.schema.json", "/properties/note", note)
    later()
    assert generate.response()["note"] == "new"


def test_a_broken_file_keeps_the_last_good_contract_and_says_why_once(
    watching: FlaskClient, root: Path, later: Callable[[], None], caplog: pytest.LogCaptureFixture
) -> None:
    file = root / FOLDER / "request.schema.json"
    good = file.read_text()
    file.write_text("{")
    for _ in range(3):
        later()
        assert ask(watching, "256x256") == 200
    (record,) = (r for r in caplog.records if r.levelno == logging.WARNING)
    assert record.message.startswith(
        f"a contract changed and is broken, so all stay as they were: {file}: Expected JSON"
    )
    file.write_text(good.replace("256x256", "512x512"))
    later()
    assert (ask(watching, "512x512"), ask(watching, "256x256")) == (200, 400)


def test_contracts_come_and_go(
    watching: FlaskClient, root: Path, tmp_path: Path, later: Callable[[], None]
) -> None:
    for contract_files in imported(tmp_path, document(model={"enum": ["a/b"]})).contracts:
        contract_files.write(root)
    later()
    assert "a/b@2026-09-01" in served(watching)
    assert Generate(watching, model="a/b")().status_code == 200
    assert watching.get("/docs-json?model=a/b").status_code == 200
    shutil.rmtree(root / "a")
    later()
    assert "a/b@2026-09-01" not in served(watching)
    assert Generate(watching, model="a/b")().status_code == 400
    assert watching.get("/v1/models?id=a/b").get_json()["data"] == []


def test_a_new_path_is_routed_at_once(
    watching: FlaskClient, root: Path, later: Callable[[], None]
) -> None:
    assert "/v2/images" not in watching.get("/openapi.json").get_json()["paths"]
    put(root / FOLDER / "contract.json", "/path", "/v2/images")
    later()
    body = {"model": MODEL, "prompt": "A red fox"}
    assert watching.post("/v2/images", json=body, headers=BEARER).status_code == 200
    assert "/v2/images" in watching.get("/openapi.json").get_json()["paths"]


def test_a_fault_may_migrate_to_a_contract_of_a_folder(make_client: MakeClient, root: Path) -> None:
    client = make_client(schemas=(str(root),))
    fault = {"fault": "migrate", "contract": "mock-1@2026-09-01"}
    assert client.post("/__admin/faults", json=fault).status_code == 201
    assert ask(client, "256x256") == 200


def test_a_contract_that_a_tenant_uses_is_followed_too(
    watching: FlaskClient, root: Path, later: Callable[[], None]
) -> None:
    tenants = watching.application.extensions["mockserver"].tenants
    chosen = {"tenant": "one", "contract": "mock-1@2026-09-01"}
    asked = watching.put("/__admin/contracts", json=chosen)
    assert asked.status_code == 200, asked.text
    before = tenants.get("one").contracts[MODEL]
    allow(root, "512x512")
    later()
    served(watching)
    assert tenants.get("one").contracts[MODEL] is not before
    shutil.rmtree(root / "mock-1")
    later()
    served(watching)
    assert tenants.get("one").contracts == {}


def test_a_chosen_contract_that_vanishes_stays(
    make_client: MakeClient, root: Path, later: Callable[[], None]
) -> None:
    client = make_client(schemas=(str(root),), contracts=("mock-1@2026-09-01",), reload=True)
    shutil.rmtree(root / "mock-1")
    later()
    assert ask(client, "256x256") == 200


def test_files_that_vanish_while_they_are_looked_at_are_passed_over(
    root: Path, clock: FrozenClock
) -> None:
    served = ReloadingCatalog([str(root)], [], clock)
    (root / "gone.json").symlink_to(root / "nowhere.json")
    clock.now += 1
    assert not served.refresh()


def test_one_request_looks_and_the_others_do_not_wait(root: Path) -> None:
    inner: list[bool] = []

    class Nested:
        served: ReloadingCatalog | None = None
        now = 0.0

        def __call__(self) -> float:
            if self.served:
                inner.append(self.served.refresh())
            self.now += 1
            return self.now

    clock = Nested()
    clock.served = ReloadingCatalog([str(root)], [], clock)
    allow(root, "512x512")
    assert clock.served.refresh()
    assert inner == [False]


def test_a_contract_that_is_not_at_hand_is_named(root: Path) -> None:
    with pytest.raises(SettingsError, match=r"no contract 'mock-2'; the nearest are mock-1 "):
        ReloadingCatalog([str(root)], []).load("mock-2")


def test_the_command_serves_and_follows_other_folders(serve: Serve, root: Path) -> None:
    import time
    import urllib.request

    base = serve("--schemas", str(root), "--reload")
    allow(root, "512x512")
    time.sleep(1.05)
    body = json.dumps({"model": MODEL, "prompt": "A red fox", "size": "512x512"}).encode()
    headers = {**BEARER, "Content-Type": "application/json"}
    request = urllib.request.Request(f"{base}/v1/images/generations", body, headers)
    with urllib.request.urlopen(request, timeout=10) as response:
        assert response.status == 200
