"""Every setting: its name, its type, its default and why; where settings come from."""
