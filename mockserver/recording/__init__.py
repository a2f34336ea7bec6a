"""Real traffic: an HTTP client, and exchanges as files of JSON and images, without secrets."""

from mockserver.recording.loading import load_recordings
from mockserver.recording.reader import Recording, parse_recording
from mockserver.recording.writer import Recorder

__all__ = ["Recorder", "Recording", "load_recordings", "parse_recording"]
