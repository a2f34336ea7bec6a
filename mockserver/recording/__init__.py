"""Exchanges on disk: readable JSON, the pictures as files beside it, and no secret in either."""

from mockserver.recording.reader import Recorded, recorded_of, recordings
from mockserver.recording.writer import Recorder

__all__ = ["Recorded", "Recorder", "recorded_of", "recordings"]
