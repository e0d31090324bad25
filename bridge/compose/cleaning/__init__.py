"""What people did not write, step by step."""
