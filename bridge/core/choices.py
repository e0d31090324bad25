"""What an operator may choose by name: the words that settings and compose must agree on."""

from __future__ import annotations

CLEANING = (
    "banners",
    "markers",
    "history",
    "quotes",
    "signature",
    "sent-from",
    "signature-block",
    "tails",
    "unwrap",
)
"""The steps of cleaning, in their order; each can be switched off by `clean_except`."""

FIELDS = ("subject", "body", "from", "first_line", "last_5_lines")
"""What any template may name in braces."""

RECIPES: tuple[str, ...] = ()
"""The alerts that are understood: `{nagios}` in a template is the line made of such a mail."""
