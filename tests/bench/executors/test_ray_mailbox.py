"""Messages of workers: none is acknowledged before it is written down, and old attempts are not heard."""

from __future__ import annotations

import asyncio

from bench.executors.ray_mailbox import Mailbox


def test_a_worker_waits_until_its_message_is_written_down() -> None:
    """Between a snapshot and its checkpoint the driver's record comes first, or a kill could lose scores."""

    async def story() -> None:
        box = Mailbox()
        attempt = await box.begin("c")
        assert attempt == 1
        said = asyncio.create_task(box.say("c", attempt, [{"type": "cohort"}]))
        (letter,) = await box.read(5.0, {})
        assert (letter.cohort, letter.events) == ("c", [{"type": "cohort"}])
        await asyncio.sleep(0.01)
        assert not said.done(), "read is not written down"
        await box.noted([letter.number])
        assert await said
        assert await box.read(0.0, {}) == [], "a message is handed over once"

    asyncio.run(story())


def test_only_the_newest_attempt_is_heard() -> None:
    """A worker that was given up but lives must write no checkpoint beside its successor's."""

    async def story() -> None:
        box = Mailbox()
        assert [await box.begin("c"), await box.begin("c"), await box.begin("d")] == [1, 2, 1]
        assert not await box.say("c", 1, [{"type": "cohort"}])
        assert await box.stopping("c", 1) and not await box.stopping("c", 2)
        assert await box.read(0.0, {}) == []

    asyncio.run(story())


def test_a_mailbox_that_was_started_again() -> None:
    """It learns attempts from workers and the driver; an answer to what it never had is no mistake."""

    async def story() -> None:
        box = Mailbox()
        await box.noted([7])
        said = asyncio.create_task(box.say("c", 3, []))
        (letter,) = await box.read(5.0, {})
        await box.noted([letter.number])
        assert await said and await box.begin("c") == 4
        assert await box.read(0.0, {"d": 2, "c": 3}) == []
        assert [await box.begin("d"), await box.begin("c")] == [3, 5], "or from the driver"

    asyncio.run(story())


def test_nothing_begins_after_a_stop() -> None:
    """What has begun is told to end at its next checkpoint; what has not, never begins."""

    async def story() -> None:
        box = Mailbox()
        await box.begin("c")
        assert await box.stop() == {"c"}
        assert await box.stopping("c", 1) and await box.begin("d") is None

    asyncio.run(story())
