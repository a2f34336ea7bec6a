"""An offline stand-in for the AI/ML API's image endpoint, driven by its documented contract."""

__version__ = "0.1.0"
