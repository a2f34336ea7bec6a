"""Rules: own images and own responses for requests that match."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from mockserver.app.body_pieces import changed_body
from mockserver.app.data_file import naming_place, read_data_file
from mockserver.app.faults.errors import text_of
from mockserver.app.latency import Duration, parse_duration
from mockserver.app.matching import ALWAYS, Matching, conditions, whole_numbers
from mockserver.contracts.response_template import BODILESS, MockResponse
from mockserver.errors import ImageError, MockserverError, SettingsError
from mockserver.images import ImageLibrary, SourceImage
from mockserver.images.source_image import own_image, read_own_file
from mockserver.strict_json import JSON

_DATA_URL = re.compile(r"data:image/[a-z]+;base64,([A-Za-z0-9+/]*={0,2})", re.ASCII)
_DIGITS = 12

_KEPT = {"name", "merge", "status", "body", "warnings"}
"""The properties that a rule has as they are, beside its conditions; a stored one has warnings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Matching):
    """A rule, as ``schemas/rule.schema.json`` defines it.

    :ivar name: its own name, or its place, such as ``/rules/0``.
    :ivar image: the name of an image in the library.
    :ivar source: that image, where the library keeps it only as long as the rule does.
    :ivar latency: draws how long the response takes, in seconds.
    :ivar warnings: what breaks the contract, as far as that is known before a request.
    """

    name: str
    times: int | str = ALWAYS
    image: str | None = None
    source: SourceImage | None = None
    merge: Mapping[str, JSON] | None = None
    status: int | None = None
    body: JSON = None
    latency: Duration | None = None
    warnings: Sequence[str] = ()

    @property
    def is_checked(self) -> bool:
        """Whether the rule changes more than images, so that it may break the contract."""
        return self.status is not None or self.merge is not None

    @property
    def response(self) -> MockResponse | None:
        """The whole response; None where the rule changes that of the contract."""
        if self.status is None:
            return None
        media_type, text = text_of(self.body)
        return MockResponse(self.status, [text.encode()], media_type)

    def change(self, response: MockResponse) -> MockResponse:
        """Return the response of a contract with the rule's fields merged into it."""
        if self.merge is None:
            return response
        pieces = changed_body(response.pieces, lambda body: _merged(body, self.merge))
        return replace(response, pieces=pieces)

    def to_stored(self) -> JSON:
        """Return the rule as JSON that another process can read, with its own image."""
        data = {**self.data, "name": self.name, "warnings": [*self.warnings]}
        if self.source:
            (file,) = self.source.files.values()
            data["image"] = _data_url(file if isinstance(file, bytes) else file.read_bytes())
        return data

    def to_json(self) -> dict[str, JSON]:
        """Return the rule as JSON, with its warnings."""
        shown = Matching.to_json(self)  # super() does not know a class with slots
        return {"name": self.name, **shown, "warnings": [*self.warnings]}


def _merged(target: JSON, patch: JSON) -> JSON:
    """Return a value with a JSON merge patch applied (RFC 7396)."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = _merged(merged.get(name), value)
    return merged


@dataclass(frozen=True, slots=True)
class RuleReader:
    """Reads rules that match their schema already.

    :ivar image_library: has the images, and gets those of rules.
    :ivar folder: where the files of images are; None where a rule cannot name a file.
    """

    image_library: ImageLibrary
    folder: Path | None = None

    def read_file(self, file: Path) -> list[Rule]:
        """Return the rules in a file of JSON or TOML.

        :raises SettingsError: with the file and the pointer of the first error.
        """
        data = read_data_file(file, "rules.schema.json")["rules"]
        with naming_place(f"{file}#"):
            return replace(self, folder=file.parent).read_all(data)

    def read_all(self, data: Sequence[Mapping[str, JSON]]) -> list[Rule]:
        """Return the rules of a list.

        :raises SettingsError: with the pointer of the first error.
        """
        rules: list[Rule] = []
        for i, each in enumerate(data):
            with naming_place(place := f"/rules/{i}"):
                rules.append(self.read(each, place))
        return rules

    def read(self, data: Mapping[str, JSON], name: str) -> Rule:
        """Return a rule.

        :param name: for a rule without one.
        :raises SettingsError: with the pointer of the first error.
        """
        _check(data)
        data = whole_numbers(data)
        kept = {each: data[each] for each in _KEPT & data.keys()}
        if "latency" in data:
            with naming_place("/latency: "):
                kept["latency"] = parse_duration(data["latency"])
        if "image" in data:
            with naming_place("/image: ", (MockserverError, OSError)):
                kept["image"], kept["source"] = self._image(data["image"])
            data["image"] = kept["image"]
        return Rule(**{"name": name, **kept}, **conditions(data))

    def read_stored(self, data: JSON) -> Rule:
        """Return the rule of what ``Rule.to_stored`` has returned.

        :raises SettingsError: when this process has no such image.
        """
        return self.read(data, data["name"])

    def _image(self, text: str) -> tuple[str, SourceImage | None]:
        """Return the name of an image, and the image where only the rule keeps it."""
        if text.startswith("data:"):
            source = self.image_library.add(_from_data_url(text))
        elif self.folder and (self.folder / text).is_file():
            source = self.image_library.add(read_own_file(self.folder / text, f"rules/{text}"))
        else:
            self.image_library.check_name(text)
            return text, None
        return source.name, source


def _check(data: Mapping[str, JSON]) -> None:
    """Check what the schema of a rule does not say."""
    if "body" in data and {"image", "merge"} & data.keys():
        expected = "expected a body, or an image and fields to merge"
        raise SettingsError(f"/body: {expected}, received both")
    if data.get("status") in BODILESS:
        expected = "expected the status of a response with a body"
        raise SettingsError(f"/status: {expected}, received {data['status']}")


def _from_data_url(url: str) -> SourceImage:
    """Return the image in a data URL (RFC 2397), named after its content."""
    found = _DATA_URL.fullmatch(url)
    if found is None:
        raise ImageError("expected a data URL such as data:image/png;base64,iVBORw…")
    try:
        data = b64decode(found[1])
    except ValueError as error:
        raise ImageError(f"a data URL that is no base64: {error}") from None
    return own_image(data, f"rule-{sha256(data).hexdigest()[:_DIGITS]}")


def with_image(data: Mapping[str, JSON], folder: Path) -> dict[str, JSON]:
    """Return a rule as another machine reads it: a data URL in place of the file of its image.

    :param folder: where the file is.
    :raises SettingsError: when the file cannot be read.
    """
    name = str(data.get("image", ""))
    if not name or name.startswith("data:"):
        return dict(data)
    file = folder / name
    try:
        image = _data_url(file.read_bytes()) if file.is_file() else name
    except (OSError, ValueError) as error:
        raise SettingsError(f"{name}: cannot be read: {error}") from None
    return {**data, "image": image}


def _data_url(data: bytes) -> str:
    """Return a file as a data URL; whoever reads it finds its format by its content."""
    return f"data:image/png;base64,{b64encode(data).decode()}"
