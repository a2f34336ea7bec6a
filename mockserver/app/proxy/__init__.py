"""A proxy that forwards everything, and reports what is wrong with it."""
