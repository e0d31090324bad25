"""The demo, as README's first command runs it."""

from __future__ import annotations

import subprocess
import sys


def test_the_demo_tells_its_whole_story_and_ends_with_0() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "bridge", "demo", "--once"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    steps = [line for line in told.stdout.splitlines() if line[:1].isdigit()]
    assert steps == [
        "1. Jo mails a phone, with a user context",
        "2. The gateway takes the text",
        "3. The network reports it delivered",
        "4. The phone answers, and the answer is mailed to Jo",
        "5. Jo presses Reply; only the new words will be texted",
        "6. The gateway takes the text",
    ]
    assert "   Subject      Re: Friday [ORDER-42]" in told.stdout.splitlines()
    assert told.stderr == ""
