"""A whole house whose metrics can be read."""

from __future__ import annotations

from tests.flows.conftest import open_house

__all__ = ["open_house"]
