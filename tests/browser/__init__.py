"""The built documentation, seen in Chromium: ``make site-test``."""
