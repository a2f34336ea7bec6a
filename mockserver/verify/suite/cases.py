"""The cases of the tests: valid requests by level, and requests that have to be refused."""

from __future__ import annotations

from collections.abc import Mapping

from mockserver.contracts import Contract
from mockserver.contracts.finding import LEVELS
from mockserver.contracts.image_request import terms
from mockserver.contracts.samples import image_area, plain_request
from mockserver.strict_json import JSON
from mockserver.verify.suite.parameters import (
    Parameter,
    breaks_documents,
    invalid_values,
    parameters,
    text_of,
    valid_values,
)
from mockserver.verify.suite.request_spec import KEY, Case, RequestSpec, json_text, valid_spec

_SIMULTANEOUS_REQUESTS = 8
_SIZES = 3
_SCRIPTS = {
    "emoji": "a \N{SAUROPOD} under a \N{BEACH WITH UMBRELLA}\N{VARIATION SELECTOR-16}",
    "joined-emoji": "\N{MAN}\N{ZERO WIDTH JOINER}\N{PERSONAL COMPUTER} \N{WAVING WHITE FLAG}"
    "\N{VARIATION SELECTOR-16}\N{ZERO WIDTH JOINER}\N{RAINBOW}",
    "right-to-left": "ديناصور على الشاطئ, דינוזאור על החוף",
    "direction-marks": "\N{RIGHT-TO-LEFT OVERRIDE}xeR-T\N{POP DIRECTIONAL FORMATTING} on a beach",
    "combining": "Cre\N{COMBINING GRAVE ACCENT}me bru\N{COMBINING CIRCUMFLEX ACCENT}le\u0301e",
    "precomposed": "Crème brûlée, \N{ANGSTROM SIGN}",
    "Chinese": "海滩上的霸王龙",
    "Devanagari": "समुद्र तट पर डायनासोर",
    "beyond-BMP": "\N{GOTHIC LETTER AHSA}\N{CJK UNIFIED IDEOGRAPH-20000}",
    "quotes": "\"T-Rex\", 'beach' and \\ and /",
    "lines": "a T-Rex\non a beach\r\n\twith sunglasses",
    "separators": "a\N{LINE SEPARATOR}b\N{PARAGRAPH SEPARATOR}c\N{NO-BREAK SPACE}d\ufeffe",
    "markup": "<b>T-Rex</b> &amp; %20 {{beach}} ${sun}",
    "spaces": "  a T-Rex  ",
    "JSON": '{"prompt": "a T-Rex"}',
}
_LETTERS = {"emoji": "\N{SAUROPOD}", "combining": "e\N{COMBINING ACUTE ACCENT}", "Chinese": "龙"}


def _on_every_level(contract: Contract, bodies: Mapping[str, Mapping[str, JSON]]) -> list[Case]:
    specs = {label: valid_spec(contract, body) for label, body in bodies.items()}
    return [Case(label, [spec], level) for label, spec in specs.items() for level in LEVELS]


def deliveries(contract: Contract) -> list[dict[str, JSON]]:
    """Return a request for each way to deliver an image."""
    plain = plain_request(contract)
    delivery = [p for p in parameters(contract) if p.name in terms()["fields"]["delivery"]]
    pairs = [(p.name, value) for p in delivery for value in valid_values(contract, p).values()]
    return [plain, *({**plain, name: value} for name, value in pairs if value is not None)]


def valid(contract: Contract) -> list[Case]:
    """Return a request for every valid value of every parameter."""
    plain = plain_request(contract)
    return _on_every_level(
        contract,
        {
            f"{parameter.name}={label}": {**plain, parameter.name: value}
            for parameter in parameters(contract)
            for label, value in valid_values(contract, parameter).items()
        },
    )


def defaults(contract: Contract) -> list[Case]:
    """Return requests without each optional parameter, and without any."""
    plain = plain_request(contract)
    optional = [parameter.name for parameter in parameters(contract) if not parameter.required]
    bodies = {f"without-{left}": _without(plain, left) for left in optional}
    return _on_every_level(contract, {**bodies, "without-any": _without(plain, *optional)})


def unknown_fields(contract: Contract) -> list[Case]:
    """Return requests with an undocumented field, where the schema allows one."""
    if contract.request_schema.get("additionalProperties", True) is not True:
        return []
    plain = plain_request(contract)
    values: dict[str, JSON] = {"true": True, "null": None, "object": {"quality": ["hd"]}}
    bodies = {f"undocumented={name}": {**plain, "undocumented": v} for name, v in values.items()}
    return _on_every_level(contract, bodies)


def repeated_headers(contract: Contract) -> list[Case]:
    """Return requests with each header that responses repeat: valid, too long, unsuitable."""
    values = {"a": "a", "letters": "Az09._:-", "128": "x" * 128, "129": "x" * 129, "space": "a b"}
    plain = plain_request(contract)
    return [
        Case(f"{name}={label}", [valid_spec(contract, plain, ((name, value),))], level)
        for name in contract.headers.echoed
        for label, value in values.items()
        for level in LEVELS
    ]


def many_prompts(contract: Contract) -> list[Case]:
    plain = plain_request(contract)
    texts = _prompts(contract).items()
    return _on_every_level(contract, {label: {**plain, "prompt": text} for label, text in texts})


def _prompts(contract: Contract) -> dict[str, str]:
    """Return the prompts by label, the longest allowed ones counted in code points.

    There are none where a request has no prompt.
    """
    prompt = next((p for p in parameters(contract) if p.name == "prompt"), None)
    if prompt is None:
        return {}
    shortest, longest = prompt.strict.get("minLength", 0), prompt.strict.get("maxLength")
    long_enough = {name: text_of(max(len(t), shortest), t) for name, t in _SCRIPTS.items()}
    if longest is None:
        return long_enough
    full = {f"{longest}-{name}": text_of(longest, letter) for name, letter in _LETTERS.items()}
    return {**long_enough, **full}


def simultaneous(contract: Contract) -> list[dict[str, JSON]]:
    """Return requests that differ as much as they can, so that a mixed-up response shows."""
    varied = [parameter for parameter in parameters(contract) if not parameter.is_free_text]
    choices = {parameter.name: _small_choices(contract, parameter) for parameter in varied}
    return [
        {
            **plain_request(contract),
            "prompt": f"image {number} of {_SIMULTANEOUS_REQUESTS}",
            **{name: chosen[number % len(chosen)] for name, chosen in choices.items() if chosen},
        }
        for number in range(_SIMULTANEOUS_REQUESTS)
    ]


def _small_choices(contract: Contract, parameter: Parameter) -> list[JSON]:
    plain = plain_request(contract)
    values = valid_values(contract, parameter).values()
    bodies = [{**plain, parameter.name: value} for value in values]
    by_area = sorted(bodies, key=lambda body: image_area(contract, body))
    return [body[parameter.name] for body in by_area[:_SIZES]]


def _without(body: Mapping[str, JSON], *names: str) -> dict[str, JSON]:
    return {name: value for name, value in body.items() if name not in names}


def bad_parameters(contract: Contract) -> list[Case]:
    """Return a request for each value of each parameter that the published schema forbids."""
    plain = plain_request(contract)
    bodies: dict[str, dict[str, JSON]] = {}
    for parameter in parameters(contract):
        name = parameter.name
        for label, value in invalid_values(contract, parameter).items():
            bodies[f"{name}={label}"] = {**plain, name: value}
        if parameter.required:
            bodies[f"{name}-missing"] = {k: v for k, v in plain.items() if k != name}
    bodies["undocumented=true"] = {**plain, "undocumented": True}
    return [
        Case(label, [RequestSpec(contract, json_text(body), 400)])
        for label, body in bodies.items()
        if breaks_documents(contract, body)
    ]


def bad_bodies(contract: Contract) -> list[Case]:
    """Return requests whose body is not a JSON object with fields."""
    whole = json_text(plain_request(contract))
    texts = {
        "empty": b"",
        "cut-short": whole[:-1],
        "trailing-comma": whole[:-1] + b",}",
        "single-quotes": whole.replace(b'"', b"'"),
        "no-JSON": b"a T-Rex on a beach",
        "not-UTF-8": whole[:-1] + b', "user": "\xff"}',
        "array": b"[" + whole + b"]",
        "string": json_text(whole.decode()),
        "number": b"1",
        "null": b"null",
        "empty-object": b"{}",
    }
    return [Case(label, [RequestSpec(contract, text, 400)]) for label, text in texts.items()]


def bad_keys(contract: Contract) -> list[Case]:
    """Return requests without the key, or with the key in another form than documented."""
    headers = {
        "no-header": None,
        "empty": "",
        "no-scheme": KEY,
        "no-key": "Bearer",
        "another-scheme": f"Basic {KEY}",
    }
    body = json_text(plain_request(contract))
    return [
        Case(f"authorization-{label}", [RequestSpec(contract, body, 401, header)])
        for label, header in headers.items()
    ]


def bad_paths(contract: Contract) -> list[Case]:
    body = json_text(plain_request(contract))
    paths = {"below": f"{contract.path}/undocumented", "elsewhere": "/v1/undocumented"}
    return [
        Case(f"path-{label}", [RequestSpec(contract, body, 404, other_path=path)])
        for label, path in paths.items()
    ]
