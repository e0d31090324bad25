"""`smsbridge sandbox`, as a process of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.request
from urllib.parse import urlencode

from click.testing import CliRunner

from bridge.cli.sandbox import command


def test_help_shows_the_magic_numbers_and_an_example() -> None:
    shown = CliRunner().invoke(command, ["--help"]).output
    assert "0007  find no credit" in shown
    assert "MySubscriptionListName" in shown
    assert "Customers 2026" in shown
    assert "smsbridge sandbox --listen 127.0.0.1:8090" in shown.partition("Example:")[2]


def test_with_json_each_line_is_an_object() -> None:
    program = "from bridge.cli.sandbox import command; command()"
    arguments = ["--listen", "127.0.0.1:0", "--json", "--callback", "http://127.0.0.1:9/"]
    with subprocess.Popen(
        [sys.executable, "-u", "-c", program, *arguments], stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        lines = [json.loads(running.stdout.readline()) for _ in range(2)]
        running.send_signal(signal.SIGINT)
        assert running.wait(5) == 0
    assert lines[0]["gateway"].endswith("/smsgateway")
    assert lines[1] == {"callback": "http://127.0.0.1:9/"}


def test_it_serves_until_it_is_stopped_and_shows_what_is_sent() -> None:
    program = "from bridge.cli.sandbox import command; command()"
    arguments = ["--listen", "127.0.0.1:0", "--username", "jo", "--password", "x", "--balance", "5"]
    with subprocess.Popen(
        [sys.executable, "-u", "-c", program, *arguments], stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        url = running.stdout.readline().split()[1]
        form = {"username": "jo", "password": "x", "to": "447700900001", "text": "Hello"}
        with urllib.request.urlopen(f"{url}/sendmsg.aspx", urlencode(form).encode()) as response:
            assert response.read().startswith(b"ID:")
        assert "callbacks to nowhere" in running.stdout.readline()
        assert running.stdout.readline().endswith("text to 447700900001: Hello\n")
        running.send_signal(signal.SIGTERM)
        assert running.wait(5) == 0


def test_an_address_that_cannot_be_had_is_one_line() -> None:
    result = CliRunner().invoke(command, ["--listen", "192.0.2.1:1"])
    assert result.exit_code == 75
    assert result.output.startswith("smsbridge: cannot listen on 192.0.2.1:1: ")
