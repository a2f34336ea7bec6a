"""The HTTP server: waitress, listening, stopping, and the limits that it is set to."""

from mockserver.server.address import base_url, listen
from mockserver.server.channel import Channel
from mockserver.server.serving import ADJUSTMENTS, background, serve

__all__ = ["ADJUSTMENTS", "Channel", "background", "base_url", "listen", "serve"]
