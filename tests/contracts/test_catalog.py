"""Contracts are found by their folders, and each model has one of them as its default."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest

from mockserver.contracts import ContractCatalog, default_catalog
from mockserver.errors import ContractError, SettingsError
from mockserver.paths import SCHEMAS
from tests.corrupting import put
from tests.http import DEFAULTS, LATEST


def test_ids_are_sorted_and_every_model_is_there_once_but_for_dall_e_2() -> None:
    assert default_catalog().ids == sorted(default_catalog().ids)
    models = Counter(name.partition("@")[0] for name in default_catalog().ids)
    assert (len(models), models.pop("dall-e-2"), {*models.values()}) == (83, 6, {1})


def test_the_default_of_a_model_is_its_pinned_contract_else_its_latest() -> None:
    selected = default_catalog().select()
    assert [contract.id for contract in selected.values()] == DEFAULTS
    assert {model: contract.id for model, contract in selected.items()} == {
        **LATEST,
        "dall-e-2": "dall-e-2@2025-08-19",
    }


def test_a_chosen_contract_replaces_its_models_default_only() -> None:
    chosen = [
        contract.id for contract in default_catalog().select(["dall-e-3@2026-01-16"]).values()
    ]
    others = [name for name in DEFAULTS if name != "dall-e-3@2026-01-16"]
    assert chosen == ["dall-e-3@2026-01-16", *others]


def test_a_new_model_is_a_folder_of_json_and_no_python(schemas: Path) -> None:
    folder = shutil.copytree(schemas / "dall-e-3" / "2026-01-16", schemas / "new" / "2026-09-01")
    about = json.loads((folder / "contract.json").read_text())
    about |= {"model": "provider/new", "revision": "2026-09-01"}
    (folder / "contract.json").write_text(json.dumps(about))
    assert "provider/new@2026-09-01" in [c.id for c in ContractCatalog(schemas).select().values()]


def test_the_files_are_read_once_however_the_default_is_stated() -> None:
    assert default_catalog(headers="as-documented") is default_catalog()
    assert default_catalog().with_headers("as-documented") is default_catalog()


def test_two_contracts_with_one_id_are_rejected(schemas: Path) -> None:
    shutil.copytree(schemas / "dall-e-2" / "2025-08-19", schemas / "other")
    with pytest.raises(ContractError, match=r"dall-e-2@2025-08-19 is already in .*2025-08-19"):
        ContractCatalog(schemas)


def test_two_pinned_contracts_are_rejected(schemas: Path) -> None:
    file = schemas / "dall-e-2" / "2026-01-16" / "contract.json"
    put(file, "/pinned", True)
    with pytest.raises(ContractError, match="dall-e-2@2025-08-19 is pinned already") as caught:
        ContractCatalog(schemas)
    assert (caught.value.file, caught.value.pointer) == (file, "/pinned")


def test_the_error_for_an_unknown_contract_names_the_known_ones() -> None:
    with pytest.raises(SettingsError, match=r"no contract 'dall-e-2@1999-01-01'.*2025-08-19"):
        default_catalog().load("dall-e-2@1999-01-01")


def test_a_model_alone_means_its_default_contract() -> None:
    assert default_catalog().load("dall-e-2").id == "dall-e-2@2025-08-19"
    assert default_catalog().load("dall-e-3").id == "dall-e-3@2026-01-16"


def test_two_revisions_of_a_model_cannot_be_served_at_once() -> None:
    with pytest.raises(SettingsError, match="two revisions chosen for dall-e-2"):
        default_catalog().select(["dall-e-2@2025-08-19", "dall-e-2@2026-01-16"])


def test_without_a_pinned_contract_the_latest_is_the_default(tmp_path: Path) -> None:
    for revision in ("2025-11-20", "2026-01-16"):
        shutil.copytree(SCHEMAS / "dall-e-2" / revision, tmp_path / "models" / revision)
    shutil.copy(SCHEMAS / "data.overlay.schema.json", tmp_path.parent)
    assert ContractCatalog(tmp_path).pinned == "dall-e-2@2026-01-16"


def test_an_empty_catalog_has_no_contract_to_serve(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no contracts found"):
        ContractCatalog(tmp_path).select()
