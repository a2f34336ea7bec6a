"""The arguments of the admin client, defined once for Python and ``mockserver ctl``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, TypedDict

from mockserver.strict_json import JSON


class RequestFilter(TypedDict, total=False):
    """Which requests are selected: those that match every filter. ``ctl`` shows the texts."""

    prompt: Annotated[str, "A part of the prompt."]
    model: Annotated[str, "The requested model."]
    size: Annotated[str, "The requested size."]
    contract: Annotated[str, "The contract of the response."]
    fault: Annotated[str, "The fault that was injected."]
    status: Annotated[int, "The status of the response."]
    method: Annotated[str, "The HTTP method."]
    path: Annotated[str, "The path of the URL."]


class FaultOptions(TypedDict, total=False):
    """When a fault is injected and its parameters, as in ``schemas/fault.schema.json``.

    ``prompt``, ``model`` and ``size`` are the members of ``match``. ``ctl`` shows the texts.
    """

    times: Annotated[int | Literal["always"] | None, "How many requests fail; 1 by default."]
    after: Annotated[int | None, "How many matching requests succeed before."]
    probability: Annotated[float | None, "Above 0 and at most 1."]
    seed: Annotated[int | None, "The seed of probabilities and random durations."]
    match: Mapping[str, str] | None
    prompt: Annotated[str | None, "Only requests with this text in their prompt."]
    model: Annotated[str | None, "Only requests for this model."]
    size: Annotated[str | None, "Only requests for this size."]
    headers: Mapping[str, str] | None
    seconds: Annotated[float | str | None, "The duration: 2.5, or a range such as 100ms..2s."]
    message: Annotated[str | None, "The message of an error."]
    body: Annotated[JSON, "The body of an error: JSON, or text such as an HTML page."]
    pointer: Annotated[str | None, "The field of the response to change, as a JSON pointer."]
    contract: Annotated[str | None, "The contract to respond by, as MODEL@REVISION."]


class RuleOptions(TypedDict, total=False):
    """A rule, as in ``schemas/rule.schema.json``.

    ``model``, ``prompt``, ``pattern`` and ``fields`` are the members of ``match``. ``ctl`` shows
    the texts.
    """

    name: Annotated[str | None, "The name in the journal."]
    model: Annotated[str | None, "Only requests for this model."]
    prompt: Annotated[str | None, "Only requests with this text in their prompt."]
    pattern: Annotated[str | None, "Only requests whose prompt is like this: * is any text."]
    fields: Annotated[Mapping[str, JSON] | None, "Only requests with these fields: JSON."]
    times: Annotated[int | Literal["always"] | None, "To how many requests; always by default."]
    after: Annotated[int | None, "How many matching requests pass before."]
    probability: Annotated[float | None, "Above 0 and at most 1."]
    seed: Annotated[int | None, "The seed of the probability."]
    image: Annotated[str | Path | None, "The image: a PNG, JPEG or WebP file, or a served one."]
    merge: Annotated[Mapping[str, JSON] | None, "Fields to merge into the response: JSON."]
    status: Annotated[int | None, "The status of an own response."]
    body: Annotated[JSON, "The body of an own response: JSON, or text such as an HTML page."]
    latency: Annotated[float | str | None, "The duration: 2.5, or a range such as 100ms..2s."]
