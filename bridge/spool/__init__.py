"""What we promised, until it is kept."""
