"""Codecs between our nouns and a provider's HTTP: pure."""
