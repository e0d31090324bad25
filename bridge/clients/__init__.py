"""I/O outward: HTTP to gateways, SMTP to the smarthost."""
