"""Recipes for what hosts and devices mail of themselves: jobs, disks, power, backups, networks.

To add one, write it here, name its fields in `core.choices.RECIPES`, and put a mail of it into the
tests.
"""

from __future__ import annotations

from bridge.compose.alerts.recipes import Recipe, in_body, in_subject, label, marked

CRON = Recipe(  # Vixie cron, cronie; anacron
    "cron",
    line=("{host}", " cron", " {command}", ": {output}"),
    needs=("host", "command"),
    finds=(
        in_subject(r"^Cron <(?P<user>[^@<>]+)@(?P<host>[^<>]+)> (?P<command>.+)$"),
        in_subject(r"^Anacron job '(?P<command>.+)' on (?P<host>.+)$"),
        in_body(r"\A(?P<output>[\s\S]+)\Z"),
    ),
)

SMARTD = Recipe(  # the warnings of smartmontools
    "smartd",
    line=("SMART", " {host}", " {device}", ": {output}"),
    needs=("host", "output"),
    mark=marked(r"smartd"),
    finds=(
        in_subject(r"SMART error \((?P<fault>\w+)\) detected on host: (?P<host>\S+)"),
        label("host", "host name"),
        in_body(r"^Device: (?P<device>[^\s,]+)(?: \[[^\]\n]*\])?, (?P<output>\S.*)$"),
        in_body(r"^(?P<output>TEST EMAIL) from smartd for device: (?P<device>\S+)"),
    ),
)

MDADM = Recipe(  # mdadm --monitor
    "mdadm",
    line=("{event}", " {host}", " {array}", ": {device}"),
    needs=("event", "host", "array"),
    mark=marked(r"\bmdadm\b|\bmd device\b"),
    finds=(
        in_subject(r"(?P<event>\w+) event on (?P<array>[^:\s]+):(?P<host>\S+)"),
        in_body(r"component device (?P<device>[^\s.]+)"),
    ),
)

APC = Recipe(  # the event scripts of apcupsd; a Network Management Card's mails
    "apc",
    line=(
        "{severity}",
        " {host}",
        " UPS {ups}",
        ": {output}",
        ", {status}",
        ", {charge}",
        ", {timeleft} left",
    ),
    needs=("host", "output"),
    finds=(
        in_subject(
            r"^(?P<host>\S+) UPS (?P<ups>\S+) "
            r"(?P<output>Power Failure|Power has returned|battery needs changing(?: NOW)?)"
        ),
        in_subject(r"^(?P<host>\S+) (?P<output>Communications with UPS \S+ (?:lost|restored))"),
        in_body(r"^(?P<severity>Informational|Warning|Critical|Severe) - (?P<output>UPS\b.*)$"),
        label("host", "Name"),
        label("status", "STATUS"),
        label("charge", "BCHARGE"),
        label("timeleft", "TIMELEFT"),
    ),
)

VEEAM = Recipe(  # [%JobResult%] %JobName% (%ObjectCount% machines) %Issues%
    "veeam",
    line=("{state}", " {job}", " ({issues})", ": {object}", ": {output}"),
    needs=("state", "job"),
    mark=marked(r"\bveeam\b|\(\d+ (?:object|machine|VM|instance|workload|item)s?\)"),
    finds=(
        in_subject(
            r"\[(?P<state>Failed|Warning|Success)\] (?P<job>.*\S) "
            r"\((?P<count>\d+ [A-Za-z]+)\)(?: (?P<issues>\d.*))?$"
        ),
        in_subject(r"\[(?P<state>Failed|Warning|Success)\] (?P<job>.+)$"),
        in_body(r"^(?P<object>[^:\n]{1,100}): (?:Failed|Warning)\b", every=True),
        in_body(r"(?:^|[ \t])(?P<output>(?:Error|Warning): \S.*)$", every=True),
    ),
)

PROXMOX = Recipe(  # vzdump's mail
    "proxmox",
    line=("{state}", " {host}", ": {output}", " ({guest})"),
    needs=("state", "host"),
    finds=(
        in_subject(
            r"vzdump backup status \((?P<host>[^()]+)\) ?: "
            r"(?P<state>backup \w+)(?:: (?P<output>.+))?"
        ),
        in_body(r"^(?P<guest>\d{1,9}[ \t]{1,20}\S+)[ \t]{1,40}(?:err|error|failed)\b", every=True),
    ),
    until=marked(r"^Logs?$"),
)

UNIFI = Recipe(  # a UniFi controller, and what writes as it does
    "unifi",
    line=("{event}", " ({site})", ": {device}", ": {output}"),
    needs=("event",),
    finds=(
        in_subject(r"\[UniFi(?:[ -](?P<site>[^\]]{1,100}))?\] (?P<event>.+)"),
        label("device", "Device Name|Device"),
        label("output", "Alert|Message"),
    ),
)

SYNOLOGY = Recipe(  # DSM, and what writes as it does: a letter to its "Dear user"
    "synology",
    line=("{host}", ": {output}"),
    needs=("output",),
    mark=marked(r"synology|diskstation|^From \S+$"),
    finds=(
        in_subject(r"^\[(?P<host>[^\]\s]{1,100})\]"),
        in_body(r"^From (?P<host>\S+)$"),
        in_body(r"^Dear (?:[Uu]ser|[Aa]dministrator),\s*(?P<output>\S.*)$"),
    ),
)

QNAP = Recipe(
    "qnap",
    line=("{severity}", " {host}", ": {output}"),
    needs=("host", "output"),
    finds=(
        label("host", "NAS Name"),
        label("severity", "Severity"),
        label("output", "Message"),
    ),
)

TRUENAS = Recipe(
    "truenas",
    line=("{state}", " {host}", ": {output}"),
    needs=("host", "output"),
    finds=(
        in_body(r"^TrueNAS @ (?P<host>\S+)"),
        in_body(r"^(?P<state>New) alerts?:"),
        in_body(r"^The following alerts? (?:has|have) been (?P<state>cleared):"),
        in_body(r"^[*•-] (?P<output>\S.*)$", every=True),
    ),
    until=marked(r"^[*•-] .+$(?=\n+(?:Current alerts?|The following alerts?))"),
)

FAIL2BAN = Recipe(  # its sendmail actions
    "fail2ban",
    line=("{host}", " {jail}", ": {event}", " {address}"),
    needs=("jail", "event"),
    finds=(
        in_subject(
            r"\[Fail2Ban\] (?P<jail>[^:]+): (?P<event>banned|started|stopped)"
            r"(?: (?P<address>[0-9A-Fa-f.:]+))?(?: (?:from|on) (?P<host>\S+))?"
        ),
    ),
)

HOSTS = (CRON, SMARTD, MDADM, APC, VEEAM, PROXMOX, UNIFI, SYNOLOGY, QNAP, TRUENAS, FAIL2BAN)
"""In the order in which they are asked whether they know a mail."""
