"""The Flask application; ``generations.py`` has a request from top to bottom."""
