"""What all rooms' tests share."""

from __future__ import annotations

from hypothesis import settings

# A busy machine is no finding: what must be quick is measured in CPU time where it matters.
settings.register_profile("bridge", deadline=None)
settings.load_profile("bridge")
