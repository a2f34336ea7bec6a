"""The admin API under ``/__admin/``; ``schemas/admin.openapi.json`` describes it."""

from mockserver.app.admin.routes import PREFIX, admin_blueprint

__all__ = ["PREFIX", "admin_blueprint"]
