"""A proxy that passes everything on, and says what is wrong with it as it goes."""
