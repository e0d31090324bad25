"""I/O inward, thin: SMTP, callbacks, health."""
