"""What Prometheus may ask of a running bridge: facts counted, and how things stand at a look."""
