"""Exchanges on disk: readable JSON, the images as files beside it, and no secret in either."""

from mockserver.recording.reader import Recording, load_recordings, parse_recording
from mockserver.recording.writer import Recorder

__all__ = ["Recorder", "Recording", "load_recordings", "parse_recording"]
