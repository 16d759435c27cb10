"""The full tier at work: a thread of its own, a bounded queue, and nobody who waits longer than a deadline."""

import asyncio
import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Final, Protocol

from services.classifier.assess.core.scored import Scored
from services.classifier.words import Words

__all__ = ["FullTier", "SentenceScorer"]

_STOP_WAIT_S: Final = 5.0


class SentenceScorer(Protocol):
    def score(self, texts: Sequence[Words]) -> list[Scored]: ...


_Job = tuple[Words, "Future[Scored]"]


class FullTier:
    """Scores texts in the order they come. What finds no place in the queue, or is not ready in time, is left to the fast tier.

    The model is loaded with the first text and let go when none came for `idle_s`: a quiet night costs no memory.
    """

    def __init__(
        self, load: Callable[[], SentenceScorer], *, queue_texts: int, deadline_s: float, idle_s: float
    ) -> None:
        self._load = load
        self._deadline_s = deadline_s
        self._idle_s = idle_s
        self._queue: queue.Queue[_Job | None] = queue.Queue(maxsize=queue_texts)
        self._thread: threading.Thread | None = None
        self._scorer: SentenceScorer | None = None
        self._failed: str | None = None

    @property
    def failed(self) -> str | None:
        """What ended the tier, if anything did."""
        return self._failed

    @property
    def waiting(self) -> int:
        """Texts in the queue."""
        return self._queue.qsize()

    def score_now(self, texts: Sequence[Words]) -> list[Scored | None]:
        """In the caller's thread, without a deadline: for commands, where nobody is kept waiting."""
        try:
            if self._scorer is None:
                self._scorer = self._load()
            return list(self._scorer.score(texts))
        except Exception as error:  # noqa: BLE001 — whatever ends the tier, the fast one goes on
            self._fail(error)
            return [None] * len(texts)

    async def score(self, texts: Sequence[Words]) -> list[Scored | None]:
        """In order; None for what was late. Never longer than the deadline."""
        jobs = [self._put(text) for text in texts]
        asked = [asyncio.wrap_future(job) for job in jobs if job is not None]
        if asked:
            await asyncio.wait(asked, timeout=self._deadline_s)
        for job in jobs:
            if job is not None:
                job.cancel()  # nothing happens to one that is done; one at work goes on, and nobody hears it
        return [_result(job) for job in jobs]

    def stop(self) -> None:
        """Waiting texts are given up."""
        if self._thread is None:
            return
        while True:
            try:
                job = self._queue.get_nowait()
            except queue.Empty:
                break
            if job is not None:
                job[1].cancel()
        self._queue.put(None)
        self._thread.join(timeout=_STOP_WAIT_S)
        self._thread = None

    def _put(self, text: Words) -> "Future[Scored] | None":
        if self._failed is not None:
            return None
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="full-tier", daemon=True)
            self._thread.start()
        job: Future[Scored] = Future()
        try:
            self._queue.put_nowait((text, job))
        except queue.Full:
            return None
        return job

    def _run(self) -> None:
        while True:
            try:
                job = self._queue.get(timeout=self._idle_s)
            except queue.Empty:
                self._scorer = None
                continue
            if job is None:
                return
            text, answer = job
            if answer.set_running_or_notify_cancel():
                found = self.score_now([text])[0]
                if found is not None:
                    answer.set_result(found)
                else:
                    answer.set_exception(RuntimeError(self._failed))

    def _fail(self, error: Exception) -> None:
        self._failed = f"{type(error).__name__}: {error}"
        self._scorer = None


def _result(job: "Future[Scored] | None") -> Scored | None:
    if job is None or not job.done() or job.cancelled() or job.exception() is not None:
        return None
    return job.result()
