"""What the provider published, written by hand: the shipped data must match it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mockserver.strict_json import JSON

TEXT: dict[str, Any] = {"type": "string"}
NUMBER: dict[str, Any] = {"type": "number"}
TEXT_OR_NULL: dict[str, Any] = {"type": ["string", "null"]}


PROMPT: dict[str, Any] = {"type": "string", "maxLength": 4000}
DALL_E_2 = {"enum": ["dall-e-2"]}
"""Before 2025-11-25 the files gave the model no type."""


def choice(*values: str, **more: JSON) -> dict[str, Any]:
    return {"type": "string", "enum": list(values), **more}


def choice_or_null(*values: str, **more: JSON) -> dict[str, Any]:
    return {"type": ["string", "null"], "enum": [*values, None], **more}


FIRST = {
    "type": "object",
    "properties": {
        "provider": choice("openai"),
        "prompt": PROMPT,
        "model": {"enum": ["dall-e-3", "dall-e-2"], "default": "dall-e-2"},
        "n": {"type": "number", "default": 1},
        "quality": choice("standard", "hd", default="standard"),
        "response_format": choice_or_null("url", "b64_json"),
        "size": choice("1024x1024", "1024x1792", "1792x1024", "512x512", "256x256"),
        "style": choice_or_null("vivid", "natural"),
    },
    "required": ["prompt"],
    "additionalProperties": False,
}

WIDE = {
    "type": "object",
    "properties": {
        "prompt": PROMPT,
        "model": DALL_E_2,
        "n": {"type": "number", "default": 1},
        "quality": choice("standard", "hd"),
        "response_format": choice_or_null("url", "b64_json", default="url"),
        "size": choice_or_null(
            *("1024x1024", "1024x1792", "1792x1024", "512x512", "256x256"), default="1024x1024"
        ),
        "style": choice_or_null("vivid", "natural"),
    },
    "required": ["prompt"],
    "additionalProperties": False,
}


def narrow(model: JSON) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "model": model,
            "prompt": {"type": "string", "maxLength": 1000},
            "n": {"type": "number", "minimum": 1, "maximum": 10, "default": 1},
            "size": choice("1024x1024", "512x512", "256x256", default="1024x1024"),
            "response_format": choice("url", "b64_json", default="url"),
        },
        "required": ["model", "prompt"],
    }


DALL_E_3 = {
    "type": "object",
    "properties": {
        "model": choice("dall-e-3"),
        "prompt": PROMPT,
        "n": {"type": "number", "enum": [1], "default": 1},
        "quality": choice("standard", "hd", default="standard"),
        "size": choice("1024x1024", "1024x1792", "1792x1024", default="1024x1024"),
        "style": choice("vivid", "natural", default="vivid"),
        "response_format": choice("url", "b64_json", default="url"),
    },
    "required": ["model", "prompt"],
}

CREATED_AND_DATA = {
    "type": "object",
    "properties": {
        "created": NUMBER,
        "data": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"b64_json": TEXT, "url": TEXT, "revised_prompt": TEXT},
            },
        },
    },
    "required": ["created", "data"],
}

JOB = {
    "type": "object",
    "properties": {
        "status": TEXT,
        "prompt": {"type": "array", "items": TEXT},
        "model": TEXT,
        "model_owner": TEXT,
        "tags": {"type": "object", "additionalProperties": True},
        "num_returns": NUMBER,
        "args": {
            "type": "object",
            "properties": {
                "model": TEXT,
                "prompt": TEXT,
                "n": NUMBER,
                "steps": NUMBER,
                "size": TEXT,
            },
            "required": ["model", "prompt", "n", "steps", "size"],
        },
        "subjobs": {"type": "array", "items": True},
        "output": {
            "type": "object",
            "properties": {
                "choices": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {"image_base64": TEXT},
                        "required": ["image_base64"],
                    },
                }
            },
            "required": ["choices"],
        },
    },
    "required": [
        *("status", "prompt", "model", "model_owner", "tags"),
        *("num_returns", "args", "subjobs", "output"),
    ],
}


def data_response(usage: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "data": {
                "type": ["array", "null"],
                "items": {
                    "type": "object",
                    "properties": {"url": TEXT_OR_NULL, "b64_json": TEXT_OR_NULL},
                },
            },
            "meta": {
                "type": ["object", "null"],
                "properties": {
                    "usage": {
                        "type": ["object", "null"],
                        "properties": {usage: NUMBER},
                        "required": [usage],
                    }
                },
            },
        },
    }


GENERATED = "Successfully generated image"
OF_2024 = "docs-public.yaml"
OF_DALL_E_2, OF_DALL_E_3 = (
    f"docs/api-references/image-models/OpenAI/{model}.json" for model in ("dall-e-2", "dall-e-3")
)


@dataclass(frozen=True)
class Published:
    """What the provider published for a contract; the description is None where it is not known."""

    file: str
    commit: str
    success: int
    description: str | None
    request: JSON
    response: JSON


PUBLISHED = {
    "dall-e-2@2024-09-10": Published(OF_2024, "05edefdc", 201, None, FIRST, CREATED_AND_DATA),
    "dall-e-2@2025-02-27": Published(OF_DALL_E_2, "5fb21b8f", 201, None, WIDE, None),
    "dall-e-2@2025-06-12": Published(OF_DALL_E_2, "d18d4218", 201, None, narrow(DALL_E_2), None),
    "dall-e-2@2025-08-19": Published(
        OF_DALL_E_2, "1e516913", 201, GENERATED, narrow(DALL_E_2), JOB
    ),
    "dall-e-2@2025-11-20": Published(
        OF_DALL_E_2, "4cff0d43", 200, GENERATED, narrow(DALL_E_2), data_response("tokens_used")
    ),
    "dall-e-2@2026-01-16": Published(
        *(OF_DALL_E_2, "b8e4f5ad", 200, ""),
        narrow(choice("dall-e-2")),
        data_response("credits_used"),
    ),
    "dall-e-3@2026-01-16": Published(
        OF_DALL_E_3, "b8e4f5ad", 200, "", DALL_E_3, data_response("credits_used")
    ),
}
"""By contract; the schemas are without their wording."""

KEY_WANTED = (
    "This request requires a valid API key. You can create a new API key on the Billing page: "
    "https://aimlapi.com/app/keys"
)
NO_RESOURCES = (
    "You have exhausted the available [plan.rule:api_token] resource limit. Update your payment "
    "method to continue using the service. For more information please visit "
    "https://aimlapi.com/app/billing"
)
NO_CREDITS = (
    "You've run out of credits. Please top up your balance or update your payment method to "
    "continue: https://aimlapi.com/app/billing/"
)
FREE_TIER = (
    "Free-tier limit: You've reached your free limit for the hour. Get AI/ML Subscription to use "
    "API, visit https://aimlapi.com/app/billing/ !"
)
PARTNER_FAILED = "Something wrong with the server. Please, try again later."
MAINTENANCE = "The model is under maintenance, please contact us at help@aimlapi.com."

ERRORS = {
    (400, "Body validation error!", "2025-08-01", ""),
    (401, KEY_WANTED, "2025-12-11", ""),
    (403, NO_RESOURCES, "2025-08-19", "2025-12-11"),
    (403, NO_CREDITS, "2025-12-11", ""),
    (429, "Too Many Requests", "2025-12-11", ""),
    (429, FREE_TIER, "2025-08-01", "2026-03-10"),
    (500, "Internal server error", "2025-12-11", ""),
    (500, PARTNER_FAILED, "2025-12-11", ""),
    (500, MAINTENANCE, "2025-12-11", ""),
    (502, "Bad Gateway", "2025-12-11", ""),
    (503, "Service unavailable", "2025-08-01", ""),
    (504, "Generation timeout", "2025-12-11", ""),
}
"""Every documented status and message, and the dates from and until which it is documented.

What was documented before 2025-08, on a day that is not known, counts from 2025-08-01.
"""
