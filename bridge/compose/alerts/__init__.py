"""What machines report, understood."""
