"""The admin API: ``schemas/admin.openapi.json`` come alive under ``/__admin/``."""

from mockserver.admin.blueprint import PREFIX, admin_blueprint

__all__ = ["PREFIX", "admin_blueprint"]
