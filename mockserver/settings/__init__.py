"""The settings of a mock, and how their values are checked."""

from mockserver.settings.setting import Setting
from mockserver.settings.settings import MAX_BODY, THREADS, HeaderMode, Settings

__all__ = ["MAX_BODY", "THREADS", "HeaderMode", "Setting", "Settings"]
