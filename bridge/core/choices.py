"""What an operator may choose by name: the words that settings and compose must agree on."""

from __future__ import annotations

import re
from collections.abc import Mapping

CLEANING = (
    "banners",
    "markers",
    "history",
    "quotes",
    "list-footer",
    "signature",
    "sent-from",
    "signature-block",
    "tails",
    "unwrap",
)
"""The steps of cleaning, in their order; each can be switched off by `clean_except`."""

FIELDS = ("subject", "body", "from", "first_line", "last_5_lines", "alert")
"""What any template may name in braces; `alert` is the line of whichever recipe knows the mail."""

RECIPES: Mapping[str, tuple[str, ...]] = {
    "nagios": ("type", "host", "service", "state", "output", "author", "comment"),
    "icinga": ("type", "host", "service", "state", "output", "author", "comment"),
    "zabbix": ("type", "host", "severity", "problem", "data", "duration", "comment"),
    "alertmanager": ("state", "count", "name", "instance", "severity", "output"),
    "grafana": ("state", "count", "name", "instance", "severity", "output"),
    "uptimekuma": ("state", "monitor", "output"),
    "monit": ("host", "service", "event", "output", "action"),
    "cron": ("host", "user", "command", "output"),
    "smartd": ("host", "device", "output", "fault"),
    "mdadm": ("host", "event", "array", "device"),
    "apc": ("severity", "host", "ups", "output", "status", "charge", "timeleft"),
    "veeam": ("state", "job", "count", "issues", "object", "output"),
    "proxmox": ("state", "host", "output", "guest"),
    "unifi": ("event", "site", "device", "output"),
    "synology": ("host", "output"),
    "qnap": ("severity", "host", "output"),
    "truenas": ("state", "host", "output"),
    "fail2ban": ("host", "jail", "event", "address"),
}
"""The alerts that are understood, and what is found in each.

In a template `{nagios}` is the line made of such a mail, `{nagios_host}` one of its fields.
"""

TEMPLATE_FIELDS = (
    *FIELDS,
    *RECIPES,
    *(f"{name}_{field}" for name, fields in RECIPES.items() for field in fields),
)
"""All that a template may name."""

BRACES = re.compile(r"\{\{|\}\}|\{([^{}]*)\}")
"""What braces are in a template: a literal one, written twice; or a field, the group."""
