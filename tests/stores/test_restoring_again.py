"""A backup of a store into which a backup was put: what that held is held again."""

from __future__ import annotations

from pathlib import Path

from bridge.core.events import Undelivered
from bridge.core.reminding import DELAYED_AFTER
from bridge.spool import whole
from bridge.spool.opening import open_spool
from tests.spool.conftest import NOW, Story

BACK = NOW + 7 * 86_400.0


async def test_what_is_restored_twice_is_counted_and_told_once(
    story: Story, tmp_path: Path
) -> None:
    await whole.back_up(story.url, first := tmp_path / "once.db", BACK - 9)
    url = f"sqlite:///{tmp_path}/once-restored.db"
    await whole.restore(url, first, replace=False, by="root", now=BACK)
    restored = Story(url, await open_spool(url, daemon=True))
    before = [each.fields for each in await restored.lines("event")]
    lines = await restored.lines("delivery")
    texts = sum(line.fields["token"] == "RESTORED" for line in lines)
    await restored.spool.close()
    await whole.back_up(url, copy := tmp_path / "twice.db", BACK + 1)
    url = f"sqlite:///{tmp_path}/twice-restored.db"
    held = await whole.restore(url, copy, replace=False, by="root", now=BACK + 9)
    assert held.texts == texts
    assert held.notices == sum(each["state"] == "held" for each in before)
    twice = Story(url, await open_spool(url, daemon=True))
    told = await twice.told(BACK + 9 + DELAYED_AFTER)
    mails = [each.mail for each in told if isinstance(each, Undelivered)]
    assert mails
    assert len(mails) == len(set(mails))
    await twice.ordered("release", "all", BACK + 9 + DELAYED_AFTER)
    again = await twice.told(BACK + 9 + DELAYED_AFTER)
    assert not {each.mail for each in again if isinstance(each, Undelivered)} & set(mails)
    await twice.spool.close()
