"""Brings what is in the spool to the store and the api, however long it takes."""

import asyncio
import random
from contextlib import suppress
from http import HTTPStatus

import sentry_sdk
from loguru import logger

from bot.api_client import ApiClient, ApiRefused, ApiUnavailable, UploadExpired
from bot.spool import Spool, SpoolDamaged, SpooledCall

_FIRST_RETRY_SECS = 0.5
# Calls whose process lives on are skipped by a scan and looked at again.
_SCAN_SECS = 30.0
_AT_ONCE = 4


class Delivery:
    """One task for each finished call, until it is delivered."""

    def __init__(self, spool: Spool, api: ApiClient, retry_max_secs: float) -> None:
        self._spool = spool
        self._api = api
        self._retry_max_secs = retry_max_secs
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._tried: dict[str, asyncio.Event] = {}
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._scanner: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Take up what earlier processes left behind, now and from time to time."""
        self._scanner = asyncio.create_task(self._scan())

    async def stop(self) -> None:
        """Stop trying; what is not delivered stays on disk."""
        tasks = list(self._tasks.values())
        if self._scanner:
            tasks.append(self._scanner)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def add(self, spooled: SpooledCall) -> None:
        """Deliver this call, whose report is on disk."""
        self._tried[spooled.call_id] = asyncio.Event()
        task = asyncio.create_task(self._deliver_until_done(spooled))
        self._tasks[spooled.call_id] = task
        task.add_done_callback(lambda _: self._forget(spooled.call_id))

    async def settle(self, timeout_secs: float) -> bool:
        """Wait until each call was delivered or tried once.

        Returns:
            Whether everything was delivered.
        """
        tried = [event.wait() for event in self._tried.values()]
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(*tried), timeout_secs)
        return not self._tasks

    def _forget(self, call_id: str) -> None:
        self._tasks.pop(call_id, None)
        self._tried.pop(call_id).set()

    async def _scan(self) -> None:
        while True:
            for spooled in self._spool.claim():
                logger.bind(callId=spooled.call_id).info("Resuming a spooled call")
                self.add(spooled)
            await asyncio.sleep(_SCAN_SECS)

    async def _deliver_until_done(self, spooled: SpooledCall) -> None:
        pause = _FIRST_RETRY_SECS
        try:
            while not await self._try(spooled):
                self._tried[spooled.call_id].set()
                # Jitter keeps many bots from returning to a restarted api together.
                await asyncio.sleep(pause * random.uniform(0.8, 1.2))
                pause = min(pause * 2, self._retry_max_secs)
        finally:
            spooled.release()

    async def _try(self, spooled: SpooledCall) -> bool:
        """One attempt; whether there is nothing left to do."""
        log = logger.bind(callId=spooled.call_id)
        try:
            async with self._slots:
                await self._deliver(spooled)
            log.info("Call delivered")
        except ApiUnavailable as error:
            log.warning("Call kept in the spool: {}", error)
            return False
        except ApiRefused as error:
            self._give_up(spooled, error.status)
        except SpoolDamaged:
            log.error("Spooled call has no readable report")
            spooled.reject()
        except Exception as error:
            # Whatever it is, the call is on disk and must not be forgotten.
            log.error("Delivery failed: {}", type(error).__name__)
            sentry_sdk.capture_exception(error)
            return False
        return True

    async def _deliver(self, spooled: SpooledCall) -> None:
        """Upload, report, delete. A report does not wait for a store that is away."""
        progress = spooled.progress
        upload_error: ApiUnavailable | None = None
        wanted = bool(progress.key) and spooled.has_audio()
        if wanted and not progress.uploaded:
            try:
                await self._upload(spooled)
            except ApiUnavailable as error:
                upload_error = error
        if upload_error is None or not progress.reported:
            report = spooled.report()
            if wanted and progress.uploaded:
                report["recordingKey"] = progress.key
            await self._api.complete(spooled.call_id, report)
            progress.reported = True
            spooled.save_progress()
        if upload_error:
            raise upload_error
        spooled.delete()

    async def _upload(self, spooled: SpooledCall) -> None:
        progress = spooled.progress
        try:
            await self._api.upload(progress.url, spooled.audio)
        except UploadExpired:
            try:
                spooled.set_target(await self._api.fresh_upload(spooled.call_id))
                await self._api.upload(progress.url, spooled.audio)
            except UploadExpired as error:
                raise ApiUnavailable("the store refuses a fresh URL") from error
        progress.uploaded = True
        spooled.save_progress()

    def _give_up(self, spooled: SpooledCall, status: int) -> None:
        log = logger.bind(callId=spooled.call_id)
        if status == HTTPStatus.NOT_FOUND:
            log.error("The api does not know this call: dropped")
            spooled.delete()
            return
        log.error("The api refused the report with {}: kept as .rejected", status)
        spooled.reject()
