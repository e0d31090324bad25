"""A machine's mail and the line that an engineer wants of it at three in the morning.

The mails are in `alerts`: of our own making, in the forms that the programs write by default.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.compose.alerts.recipes import MAX_BODY, MAX_SUBJECT, Recipe, read
from bridge.compose.wording import COOKBOOK, Words, worded
from bridge.core.choices import RECIPES
from bridge.core.gsm import is_gsm, segments
from bridge.core.model import Refusal, Text
from bridge.core.promises import Mail

Compose = Callable[..., Mail | Refusal]

ALERTS = Path(__file__).parent / "mails"

LINES = {
    "nagios-service-problem": "PROBLEM web1/HTTP CRITICAL: Connection refused",
    "nagios-service-recovery": "RECOVERY web1/HTTP OK: HTTP OK: HTTP/1.1 200 OK - 5120 bytes in "
    "0.012 second response time",
    "nagios-host-problem": "PROBLEM web1 DOWN: PING CRITICAL - Packet loss = 100%",
    "nagios-host-recovery": "RECOVERY web1 UP: PING OK - Packet loss = 0%, RTA = 0.42 ms",
    "nagios-acknowledgement": "ACKNOWLEDGEMENT web1/HTTP CRITICAL: Connection refused "
    "(jo: restarting it)",
    "nagios-downtime": "DOWNTIMESTART web1/HTTP OK: HTTP OK",
    "nagios-flapping": "FLAPPINGSTART web1/HTTP WARNING: HTTP WARNING: 404 Not Found",
    "nagios-own-subject": "PROBLEM web1 UNREACHABLE: CRITICAL - Host Unreachable (10.0.8.11)",
    "nagios-subject-alone": "PROBLEM web1/Disk /var CRITICAL",
    "icinga-service-problem": "PROBLEM web1/HTTP CRITICAL: connect to address 10.0.8.11 and port "
    "80: Connection refused",
    "icinga-service-recovery": "RECOVERY web1/HTTP OK: HTTP OK: HTTP/1.1 200 OK",
    "icinga-host-problem": "PROBLEM web1 DOWN: PING CRITICAL - Packet loss = 100%",
    "icinga-host-recovery": "RECOVERY web1 UP: PING OK - Packet loss = 0%",
    "icinga-acknowledgement": "ACKNOWLEDGEMENT web1/HTTP CRITICAL: Connection refused "
    "(jo: on it, back in 10 min)",
    "icinga-1-service-problem": "PROBLEM web1/HTTP WARNING: DISK WARNING - free space: /var 812 MB "
    "(8%)",
    "zabbix-problem": "PROBLEM web1 Warning: High CPU utilization (over 90% for 5m) "
    "(Current utilization: 97.4 %)",
    "zabbix-recovery": "RESOLVED web1 Warning: High CPU utilization (over 90% for 5m) after 6m 12s",
    "zabbix-update": "UPDATED PROBLEM: Zabbix agent is not available (Jo Smith acknowledged)",
    "zabbix-html-problem": "PROBLEM db1 Average: Zabbix agent is not available (not available (0))",
    "zabbix-5-recovery": "RESOLVED db1 Average: Zabbix agent is not available",
    "zabbix-4-problem": "PROBLEM web1 High: Free disk space is less than 20% on volume /var",
    "alertmanager-firing": "FIRING:2 HighLatency web1:9090, web2:9090 critical: p99 above 2 s",
    "alertmanager-resolved": "RESOLVED HighLatency web1:9090, web2:9090 critical: p99 above 2 s",
    "alertmanager-mixed": "FIRING:1 HighLatency web1:9090 critical: p99 above 2 s",
    "grafana-firing": "FIRING:1 CPU above 90% web1: CPU of web1 has been above 90% for 5 minutes",
    "grafana-resolved": "RESOLVED CPU above 90% web1: CPU of web1 has been above 90% for 5 minutes",
    "grafana-8-alerting": "ALERTING CPU above 90%",
    "uptimekuma-down": "DOWN Shop: connect ECONNREFUSED 10.0.8.11:443",
    "uptimekuma-up": "UP Shop: 200 - OK",
    "monit-problem": "web1/nginx Does not exist: process is not running",
    "monit-recovery": "web1/nginx Exists: process is running with pid 2481",
    "cron": "web1 cron /usr/local/bin/backup --all: rsync: connection unexpectedly closed "
    "(0 bytes received so far)\nrsync error: error in rsync protocol data stream (code 12)",
    "cron-anacron": "web1 cron cron.daily: /etc/cron.daily/logrotate:\n"
    "error: stat of /var/log/app.log failed: No such file or directory",
    "smartd-problem": "SMART nas1 /dev/sda: 8 Currently unreadable (pending) sectors",
    "smartd-failing": "SMART nas1 /dev/nvme0: FAILED SMART self-check. BACK UP DATA NOW!",
    "smartd-test": "SMART nas1 /dev/sda: TEST EMAIL",
    "mdadm-fail": "Fail nas1 /dev/md0: /dev/sdb1",
    "mdadm-degraded": "DegradedArray nas1 /dev/md0",
    "apc-power-failure": "web1 UPS rack1: Power Failure, ONBATT, 98.0 Percent, 25.3 Minutes left",
    "apc-power-returned": "web1 UPS rack1: Power has returned, ONLINE, 81.0 Percent, "
    "20.1 Minutes left",
    "apc-replace-battery": "web1 UPS rack1: battery needs changing NOW, ONLINE REPLACEBATT, "
    "100.0 Percent, 4.0 Minutes left",
    "apc-communications-lost": "web1: Communications with UPS rack1 lost, COMMLOST",
    "apc-card-warning": "Warning ups-rack1: UPS: On battery power in response to an input power "
    "problem.",
    "apc-card-recovery": "Informational ups-rack1: UPS: No longer on battery power.",
    "veeam-failed": "FAILED Nightly (1 failed): db1: Error: VSSControl: Failed to freeze guest, "
    "wait timeout",
    "veeam-warning": "WARNING Nightly (daily) (1 warning): db1: Warning: Unable to truncate SQL "
    "Server transaction logs",
    "veeam-success": "SUCCESS Nightly",
    "proxmox-failed": "BACKUP FAILED pve1: job errors (102 db1)",
    "proxmox-successful": "BACKUP SUCCESSFUL pve1",
    "unifi-disconnected": "AP Disconnected (Office): Lobby: AP was disconnected",
    "unifi-connected": "AP Connected (Office): Lobby",
    "synology-degraded": "nas2: Storage Pool 1 on nas2 has degraded (1 of 4 drives is missing). "
    "Please replace the drive.",
    "synology-repaired": "nas2: Storage Pool 1 on nas2 has been repaired.",
    "qnap-error": "Error nas3: [Disk] Host: Disk 2 failed.",
    "qnap-information": "Information nas3: [Pool] Pool 1 was rebuilt.",
    "truenas-new": "NEW nas4: Pool tank state is DEGRADED: One or more devices has been removed.",
    "truenas-cleared": "CLEARED nas4: Pool tank state is DEGRADED: One or more devices has been "
    "removed.",
    "fail2ban-banned": "web1 sshd: banned 203.0.113.9",
    "fail2ban-stopped": "web1 sshd: stopped",
}
"""A mail of `alerts`, named for its recipe, and its line."""

FIELDS = [
    (
        "nagios-service-problem",
        "{nagios_state}: {nagios_service} on {nagios_host}",
        "CRITICAL: HTTP on web1",
    ),
    ("nagios-host-problem", "{nagios_host} {nagios_service} {nagios_state}", "web1 DOWN"),
    ("zabbix-problem", "{zabbix_host}: {zabbix_data}", "web1: Current utilization: 97.4 %"),
    ("cron", "{cron_user}@{cron_host} {last_5_lines}", None),
    ("alertmanager-firing", "{alertmanager_count} x {alertmanager_name}", "2 x HighLatency"),
    ("veeam-failed", "{veeam_job}: {veeam_count}, {veeam_issues}", "Nightly: 3 objects, 1 failed"),
    ("smartd-problem", "{smartd_fault} {smartd_device}", "CurrentPendingSector /dev/sda"),
    ("unifi-disconnected", "{unifi_output}", "AP was disconnected"),
]


def text_of(send: Compose, name: str, form: str) -> str:
    found = send(
        (ALERTS / f"{name}.eml").read_bytes(),
        user="",
        profile={"text": form, "max_segments": 10},
    )
    assert isinstance(found, Mail), found
    content = found.submissions[0].content
    assert isinstance(content, Text)
    return content.text


@pytest.mark.parametrize(("name", "line"), LINES.items(), ids=LINES)
def test_an_alert_is_said_in_one_line(send: Compose, name: str, line: str) -> None:
    recipe = name.split("-")[0]
    assert text_of(send, name, f"{{{recipe}}}") == line


@pytest.mark.parametrize(("name", "line"), LINES.items(), ids=LINES)
def test_alert_finds_the_recipe_by_itself(send: Compose, name: str, line: str) -> None:
    assert text_of(send, name, "{alert}") == line


@pytest.mark.parametrize(("name", "form", "text"), FIELDS)
def test_a_template_may_name_a_recipes_fields(
    send: Compose, name: str, form: str, text: str | None
) -> None:
    found = text_of(send, name, form)
    assert found == text if text else found.startswith("root@web1 rsync: connection")


def test_every_mail_of_the_folder_has_its_line_and_every_recipe_a_mail() -> None:
    assert {each.stem for each in ALERTS.iterdir()} == set(LINES)
    assert {each.split("-")[0] for each in LINES} == set(RECIPES)


def test_a_line_is_one_gsm_segment_but_for_what_a_job_printed() -> None:
    assert all(is_gsm(line) for line in LINES.values())
    assert [name for name, line in LINES.items() if segments(line) > 1] == ["cron"]


def test_what_settings_allow_is_what_recipes_find() -> None:
    assert {each.name: each.fields for each in COOKBOOK} == {
        name: frozenset(fields) for name, fields in RECIPES.items()
    }


@pytest.mark.parametrize("recipe", COOKBOOK, ids=lambda each: each.name)
def test_a_line_names_only_what_its_recipe_finds(recipe: Recipe) -> None:
    named = "".join(recipe.line).replace("{", " {").split("{")[1:]
    assert {each.partition("}")[0] for each in named} <= recipe.fields
    assert set(recipe.needs) <= recipe.fields


# ---------------------------------------------------------------- what is no alert


PEOPLE = [
    ("Friday", "Hi Sam,\n\nHost: Jo\nService: dinner\nState: hungry\n\nSee you"),
    ("Problem: the printer", "It says Error: paper jam.\nHost: reception"),
    ("[UPDATE] Lunch", "On Friday, at Jo's"),
    ("Cron", "What is cron?"),
    ("UPS", "The UPS man left a parcel\nName: Jo"),
    ("Success", "Dear user,\n\nwe have a great offer"),
    ("Veeam licences", "Jo asks how many we need"),
]


@pytest.mark.parametrize(("subject", "body"), PEOPLE)
@pytest.mark.parametrize("recipe", COOKBOOK, ids=lambda each: each.name)
def test_what_a_person_writes_is_no_alert(recipe: Recipe, subject: str, body: str) -> None:
    assert read(recipe, subject, body, "Jo <jo@example.com>") == {}


def test_a_mail_that_its_recipe_does_not_know_goes_as_subject_and_body(send: Compose) -> None:
    assert text_of(send, "uptimekuma-up", "{alert}") == "UP Shop: 200 - OK"
    assert text_of(send, "mdadm-degraded", "{nagios}").startswith(
        "DegradedArray event on /dev/md0:nas1\nThis is an automatically"
    )


def test_the_fields_of_one_recipe_are_empty_in_the_mails_of_another(send: Compose) -> None:
    form = "{subject}: {nagios_host}{cron_output}"
    assert text_of(send, "fail2ban-stopped", form) == "[Fail2Ban] sshd: stopped on web1:"


def test_what_an_alert_says_is_no_template() -> None:
    body = "Notification Type: PROBLEM\nHost: {body}\nState: {nagios}\nInfo: {0.__class__}"
    words = Words("", body, "")
    assert worded("{nagios}", words) == "PROBLEM {body} {NAGIOS}: {0.__class__}"


# ---------------------------------------------------------------- hostile mails


PIECES = (
    *("\n", " ", "\t", ":", "*", "[", "]", "(", ")", "- ", "/", "|", "#", "=", ",", "<", "@"),
    *("Host: ", "State: ", "Info:", "Additional Info:", "Comment by ", "Comment: [", "1. (a:b "),
    *("alertname = ", "instance", "Source", "[1] Resolved", "** A alert - ", " is ", " on ", "!"),
    *("[A] ", "A - ", "Problem in ", " problem at ", " Service ", "Dear user,", "New alert:"),
    *("Error: ", "Device: ", ": Failed", "1 a ", "From ", "[UniFi ", "[Failed] ", "Cron <", "OK"),
    *("veeam nagios icinga smartd mdadm grafana synology alertmanager ", "Original problem ID:"),
    "Monit\n",
)


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("lead", ["", "x", "** ", "[A] ", "1. ", "Device: /dev/sda"])
def test_a_repeated_piece_takes_little_time(lead: str, piece: str) -> None:
    words = Words((lead + piece * MAX_SUBJECT)[:4000], (lead + piece * MAX_BODY)[:MAX_BODY], "")
    began = time.process_time()
    worded("{alert} {zabbix} {veeam} {synology} {smartd} {mdadm}", words)
    assert time.process_time() - began < 0.5  # all take a fraction of that


@given(
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).map("".join),
    st.sampled_from(PIECES),
)
def test_twice_the_mail_takes_about_twice_the_time(piece: str, end: str) -> None:
    def took(length: int) -> float:
        body = (piece * length)[:length] + end
        began = time.process_time()
        for recipe in COOKBOOK:
            read(recipe, body[:500], body, "veeam synology smartd mdadm icinga grafana monit")
        return time.process_time() - began

    half, whole = took(MAX_BODY // 4), took(MAX_BODY // 2)
    assert whole < 0.1 or whole < 4 * half  # what is quadratic takes seconds


@given(st.text(max_size=300), st.text(max_size=2000))
def test_any_words_give_a_text(subject: str, body: str) -> None:
    for recipe in COOKBOOK:
        found = read(recipe, subject, body, "")
        assert not found or found[recipe.name]
