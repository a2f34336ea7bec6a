"""What the provider published, written by hand: the shipped data must match it."""

from __future__ import annotations

from typing import Any

from mockserver.strict_json import JSON

__all__ = ["ERRORS", "KEY_WANTED", "PUBLISHED"]

TEXT: dict[str, Any] = {"type": "string"}
NUMBER: dict[str, Any] = {"type": "number"}
TEXT_OR_NULL: dict[str, Any] = {"type": ["string", "null"]}


def choice(*values: str, **more: JSON) -> dict[str, Any]:
    return {"type": "string", "enum": list(values), **more}


def choice_or_null(*values: str, **more: JSON) -> dict[str, Any]:
    return {"type": ["string", "null"], "enum": [*values, None], **more}


WIDE = {
    "type": "object",
    "properties": {
        "prompt": {"type": "string", "maxLength": 4000},
        "model": choice("dall-e-2"),
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

NARROW = {
    "type": "object",
    "properties": {
        "model": choice("dall-e-2"),
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
        "prompt": {"type": "string", "maxLength": 4000},
        "n": {"type": "number", "enum": [1]},
        "quality": choice("standard", "hd"),
        "size": choice("1024x1024", "1024x1792", "1792x1024"),
        "style": choice("vivid", "natural"),
        "response_format": choice("url", "b64_json"),
    },
    "required": ["model", "prompt"],
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


PUBLISHED: dict[str, tuple[str | None, int, JSON, JSON]] = {
    "dall-e-2@2025-02-27": ("5fb21b8f", 201, WIDE, None),
    "dall-e-2@2025-06-12": ("d18d4218", 201, NARROW, None),
    "dall-e-2@2025-08-19": ("1e516913", 201, NARROW, JOB),
    "dall-e-2@2025-11-20": ("4cff0d43", 200, NARROW, data_response("tokens_used")),
    "dall-e-2@2026-01-16": ("b8e4f5ad", 200, NARROW, data_response("credits_used")),
    "dall-e-3@2026-01-16": (None, 200, DALL_E_3, data_response("credits_used")),
}
"""By contract: the commit, the success status, and the schemas without their wording."""

KEY_WANTED = (
    "This request requires a valid API key. You can create a new API key on the Billing page: "
    "https://aimlapi.com/app/keys"
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

ERRORS = {
    (400, "Body validation error!"),
    (401, KEY_WANTED),
    (403, NO_CREDITS),
    (429, "Too Many Requests"),
    (429, FREE_TIER),
    (500, "Internal server error"),
    (500, PARTNER_FAILED),
    (502, "Bad Gateway"),
    (503, "Service unavailable"),
    (504, "Generation timeout"),
}
"""Every documented status with every documented message."""
