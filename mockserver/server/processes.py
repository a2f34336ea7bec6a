"""gunicorn's arbiter, with workers that run the loop."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable
from types import FrameType
from typing import Any
from wsgiref.types import WSGIApplication

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

from mockserver.server.gateway import HTTP_SETTINGS, Gateway
from mockserver.server.limits import Limits
from mockserver.server.loop import Loop

__all__ = ["serve"]


def serve(
    application: Callable[[], WSGIApplication],
    listener: socket.socket,
    *,
    workers: int,
    threads: int,
    on_ready: Callable[[], None] | None = None,
    limits: Limits | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM, then end the process by ``SystemExit``, as its workers do.

    :param application: makes the application; called once, before the workers are forked.
    :param listener: from :func:`mockserver.server.listen`; taken over and closed.
    :param workers: the number of processes that answer.
    :param threads: the most requests that each of them works on at the same time.
    :param on_ready: called once, when a client that connects will be answered.
    """
    listener.setblocking(False)
    _Service(application(), listener, workers, threads, on_ready, limits or Limits()).run()


class _Service(BaseApplication):
    """What gunicorn calls an application: settings, and the WSGI application itself."""

    def __init__(
        self,
        application: WSGIApplication,
        listener: socket.socket,
        workers: int,
        threads: int,
        on_ready: Callable[[], None] | None,
        limits: Limits,
    ) -> None:
        self.limits = limits
        self._listener = listener
        self.application = application
        self._settings: dict[str, Any] = {
            **HTTP_SETTINGS,
            "workers": workers,
            "threads": threads,
            "worker_class": _LoopWorker,
            "preload_app": True,
            "graceful_timeout": round(limits.stop_seconds) + 1,
            "loglevel": "error",
            "control_socket_disable": True,
            "when_ready": lambda _arbiter: on_ready() if on_ready else None,
        }
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._settings.items():
            self.cfg.set(name, value)

    def run(self) -> None:
        arbiter = _Arbiter(self)
        # Set before the start, as after a reload, it is served from instead of the setting "bind".
        arbiter.LISTENERS = [self._listener]  # type: ignore[list-item, misc]
        arbiter.run()

    def load(self) -> Callable[..., Any]:
        return self.application


class _Arbiter(Arbiter):
    """gunicorn's parent process, which here ends with its terminal instead of reloading."""

    def init_signals(self) -> None:
        ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        super().init_signals()
        if ignored:  # started by nohup
            signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def handle_hup(self) -> None:
        self.handle_term()


class _LoopWorker(Worker):
    """A process that answers: gunicorn's worker, with the loop as its main loop."""

    app: _Service

    def init_signals(self) -> None:
        super().init_signals()
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # its parent says when to end

    def init_process(self) -> None:
        gateway = Gateway(self.app.application, self.cfg)
        self._loop = Loop(
            self.sockets[0],
            gateway,
            threads=self.cfg.threads,
            limits=self.app.limits,
            shared=self.cfg.workers > 1,
        )
        super().init_process()

    def run(self) -> None:
        self._loop.run(self._beat)
        self.sockets[0].close()

    def _beat(self) -> None:
        self.notify()
        if os.getppid() != self.ppid:
            self._loop.stop()

    def handle_exit(self, _sig: int, _frame: FrameType | None) -> None:
        self._loop.stop()

    def handle_quit(self, _sig: int, _frame: FrameType | None) -> None:
        self._loop.stop()
