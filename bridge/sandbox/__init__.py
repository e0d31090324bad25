"""The gateway in miniature, for demos and for other clients; imports nothing of the house."""
