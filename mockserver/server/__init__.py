"""The production server: gunicorn's processes and HTTP, and a loop of ours that owns the sockets.

gunicorn's threaded worker gives a thread to every client that has sent a first byte, so a handful
of clients that never finish keep everyone else out, and it writes an answer piece by piece. Here a
client costs a thread only once its whole request is there, and an answer leaves in one gathered
write, straight from the byte strings that all answers share.

- ``address``: the listening socket.
- ``inbox``: the bytes that a client has sent, and where a request ends among them.
- ``connection``: one client: what it sent, what it has not taken yet, how long it may take.
- ``gateway``: one request through gunicorn's parser and the application, to the answer's pieces.
- ``loop``: waits for all clients at once and hands those with a whole request to threads.
- ``processes``: gunicorn's arbiter with workers that run the loop.
- ``background``: the same loop on a thread of this process.
"""

from mockserver.server.address import base_url, listen
from mockserver.server.background import background
from mockserver.server.limits import Limits
from mockserver.server.processes import serve

__all__ = ["Limits", "background", "base_url", "listen", "serve"]
