"""The nouns and the rules: pure, and below everything."""
