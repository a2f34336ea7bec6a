"""The HTTP server: waitress, listening, stopping, and the limits that it is set to."""

from mockserver.server.address import base_url, listen
from mockserver.server.serving import background, serve

__all__ = ["background", "base_url", "listen", "serve"]
