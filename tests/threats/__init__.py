"""The catalogue of threats, and the tests that keep each of them out."""
