"""Real traffic: an HTTP client, and exchanges as files of JSON and images, without secrets."""
