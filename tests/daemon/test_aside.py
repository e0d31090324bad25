"""What hangs in a thread, as a look-up of a name, holds up nothing else and no end."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from threading import Event

import pytest

from bridge.process import Aside

HANGING = 100


async def test_what_hangs_holds_up_nobody_else() -> None:
    loop = asyncio.get_running_loop()
    loop.set_default_executor(Aside())
    never = Event()
    hanging = [loop.run_in_executor(None, never.wait) for _ in range(HANGING)]
    async with asyncio.timeout(5):
        assert await asyncio.to_thread(lambda: "at once") == "at once"
    never.set()
    assert await asyncio.gather(*hanging) == [True] * HANGING


async def test_whoever_waits_hears_of_what_went_wrong_and_may_stop_waiting() -> None:
    loop = asyncio.get_running_loop()
    loop.set_default_executor(Aside())
    with pytest.raises(ZeroDivisionError):
        await asyncio.to_thread(lambda: 1 // 0)
    never = Event()
    waiting = asyncio.ensure_future(asyncio.to_thread(never.wait))
    await asyncio.sleep(0.01)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    never.set()


def test_the_process_ends_without_what_hangs() -> None:
    program = (
        "import asyncio, time\n"
        "from bridge.process import Aside\n"
        "async def main():\n"
        "    loop = asyncio.get_running_loop()\n"
        "    loop.set_default_executor(Aside())\n"
        "    loop.run_in_executor(None, time.sleep, 60)\n"
        "    print(await asyncio.to_thread(lambda: 'done'))\n"
        "asyncio.run(main())\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True
    )
    assert ended.stdout == "done\n"
    assert not ended.stderr
