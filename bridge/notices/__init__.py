"""From an event to an e-mail: pure."""
