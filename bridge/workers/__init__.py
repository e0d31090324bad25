"""Lease, do one thing outside, settle."""
