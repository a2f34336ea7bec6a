"""The admin API: ``schemas/admin.openapi.json`` come alive under ``/__admin/``."""

from mockserver.app.admin.routes import PREFIX, admin_blueprint

__all__ = ["PREFIX", "admin_blueprint"]
