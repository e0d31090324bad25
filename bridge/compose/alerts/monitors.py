"""Recipes for what monitoring systems mail, in the forms of their own templates at their defaults.

To add one, write it here, name its fields in `core.choices.RECIPES`, and put a mail of it into the
tests.
"""

from __future__ import annotations

from bridge.compose.alerts.recipes import Find, Recipe, in_body, in_subject, label, marked

_MONITOR_LINE = (
    "{type}",
    " {host}",
    "/{service}",
    " {state}",
    ": {output}",
    " ({author}: {comment})",
)
_MONITOR_LABELS = (
    label("type", "Notification Type"),
    label("host", "Host"),
    label("service", "Service"),
    label("state", "State"),
    label("output", "Info"),
    in_body(r"^Additional Info[ \t]*:\s*(?P<output>\S.*)$"),
    in_body(r"^Comment by (?P<author>[^:\n]{1,100}):\s*(?P<comment>\S.*)$"),
    in_body(r"^Comment[ \t]*:[ \t]*\[(?P<author>[^\]\n]{1,100})\][ \t]*(?P<comment>\S.*)$"),
)

NAGIOS = Recipe(  # sample-config/template-object/commands.cfg of Nagios Core 3 and 4
    "nagios",
    line=_MONITOR_LINE,
    needs=("type", "host", "state"),
    finds=(
        *_MONITOR_LABELS,
        in_subject(r"\*\* (?P<type>[A-Z]+) Host Alert: (?P<host>.+) is (?P<state>[A-Z]+) \*\*"),
        in_subject(
            r"\*\* (?P<type>[A-Z]+) (?:Service Alert:|alert -) "
            r"(?P<host>[^/]+)/(?P<service>.+) is (?P<state>[A-Z]+) \*\*"
        ),
    ),
)

ICINGA = Recipe(  # the notification scripts of Icinga 2; Icinga 1 is as Nagios
    "icinga",
    line=_MONITOR_LINE,
    needs=("type", "host", "state"),
    mark=marked(r"icinga|^\*{3,} (?:Host|Service) Monitoring on |^\[[A-Z]+\] .+ is [A-Z]+!$"),
    finds=(
        in_subject(r"\[(?P<type>[A-Z]+)\] Host (?P<host>.+) is (?P<state>DOWN|UP|UNREACHABLE)!"),
        in_subject(
            r"\[(?P<type>[A-Z]+)\] (?P<service>.+) on (?P<host>.+) is "
            r"(?P<state>OK|WARNING|CRITICAL|UNKNOWN)!"
        ),
        in_subject(
            r"^(?P<type>[A-Z]+) - (?P<host>\S+) - (?:(?P<service>.+) )?is (?P<state>[A-Z]+)$"
        ),
        *_MONITOR_LABELS,
    ),
)

ZABBIX = Recipe(  # the e-mail media type's message templates of Zabbix 5 to 7; actions of 3 and 4
    "zabbix",
    line=(
        "{type}",
        " {host}",
        " {severity}",
        ": {problem}",
        " ({data})",
        " after {duration}",
        " ({comment})",
    ),
    needs=("type", "problem"),
    mark=marked(r"^Original (?:problem|event) ID:|^Current problem status is "),
    finds=(
        in_subject(r"(?P<type>Problem|PROBLEM|Resolved|OK): (?P<problem>.+)"),
        in_subject(r"(?P<type>Resolved) in (?P<duration>[^:]{1,40}): (?P<problem>.+)"),
        in_subject(r"(?P<type>Updated problem)(?: in [^:]{1,40})?: (?P<problem>.+)"),
        label("problem", "Problem name|Trigger"),
        label("host", "Host"),
        label("severity", "Severity|Trigger severity"),
        label("data", "Operational data"),
        label("duration", "Problem duration"),
        in_body(r"^1\. .{1,100}?\((?P<host>[^():\n]{1,60}):[a-z]"),
        in_body(r"^(?P<comment>.{1,200}?) problem at \d"),
    ),
)


def _prometheus(field: str, names: str) -> Find:
    """A label or an annotation, as `name = value`, or in two cells of a table."""
    pattern = rf"^[ \t-]*(?:{names})[ \t]*(?:[:=]|\n)[ \t]*(?P<{field}>\S.*)$"
    return in_body(pattern, every=True)


_PROMETHEUS_LINE = ("{state}", ":{count}", " {name}", " {instance}", " {severity}", ": {output}")
_PROMETHEUS_FINDS = (
    in_subject(r"\[(?P<state>FIRING|RESOLVED)(?::(?P<count>\d{1,6}))?"),
    _prometheus("name", "alertname"),
    in_subject(r"\[(?:FIRING|RESOLVED)[^\]]{0,40}\] (?P<name>[^(]+)"),
    _prometheus("instance", "instance"),
    _prometheus("severity", "severity"),
    _prometheus("output", "summary|Summary"),
    _prometheus("output", "description|Description|message"),
)
# Of what fires and what is resolved in one mail, what fires counts.
_PROMETHEUS_UNTIL = marked(r"^Source\b.*$(?=\n+\[\d+\] Resolved)|^.+$(?=\n+\**Resolved\**$)")

ALERTMANAGER = Recipe(  # template/default.tmpl and email.tmpl of Prometheus Alertmanager
    "alertmanager",
    line=_PROMETHEUS_LINE,
    needs=("state", "name"),
    mark=marked(r"alertmanager|^[ \t-]*alertname = "),
    finds=_PROMETHEUS_FINDS,
    until=_PROMETHEUS_UNTIL,
)

GRAFANA = Recipe(  # its unified alerting's default.title; [Alerting] and [OK] before Grafana 9
    "grafana",
    line=_PROMETHEUS_LINE,
    needs=("state", "name"),
    mark=marked(r"grafana"),
    finds=(
        *_PROMETHEUS_FINDS,
        in_subject(r"\[(?P<state>Alerting|OK|No Data|Pending|Paused)\] (?P<name>.+)"),
    ),
    until=_PROMETHEUS_UNTIL,
)

UPTIMEKUMA = Recipe(
    "uptimekuma",
    line=("{state}", " {monitor}", ": {output}"),
    needs=("state", "monitor"),
    finds=(
        in_subject(r"^\[(?P<monitor>.+)\] \[[^\w\]]{0,10}(?P<state>Up|Down)\] ?(?P<output>.*)$"),
    ),
)

MONIT = Recipe(  # `set mail-format`, at its default
    "monit",
    line=("{host}", "/{service}", " {event}", ": {output}"),
    needs=("service", "event"),
    mark=marked(r"^monit alert --|^Monit$"),
    finds=(
        in_body(r"^(?P<event>\S.{0,100}?) Service (?P<service>\S.*)$"),
        label("host", "Host"),
        label("output", "Description"),
        label("action", "Action"),
    ),
)

MONITORS = (NAGIOS, ICINGA, ZABBIX, GRAFANA, ALERTMANAGER, UPTIMEKUMA, MONIT)
"""In the order in which they are asked whether they know a mail."""
