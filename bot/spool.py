"""Where calls are kept on disk until the api and the store have them.

One folder for each call. Whoever works on it holds a lock on `lock`, which the
kernel lets go when the process dies: that is how the next one knows that a call
was left behind.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from bot import wav
from bot.call_request import UploadTarget
from bot.recording import SAMPLE_RATE


@dataclass
class Progress:
    """How far a call's delivery has come. Kept with it."""

    call_id: str
    key: str = ""
    url: str = ""
    uploaded: bool = False
    reported: bool = False


class SpooledCall:
    """One call's folder, locked by this process for as long as this lives."""

    def __init__(self, folder: Path, lock: IO[str], progress: Progress) -> None:
        self.folder = folder
        self.progress = progress
        self._lock = lock

    @property
    def call_id(self) -> str:
        return self.progress.call_id

    @property
    def audio(self) -> Path:
        """The recording, which may not exist."""
        return self.folder / "audio.wav"

    def write_state(self, report: dict[str, Any]) -> None:
        """What to report should this process die now."""
        _write_json(self.folder / "state.json", report)

    def finish(self, report: dict[str, Any]) -> None:
        """The call is over and this is its report."""
        _write_json(self.folder / "report.json", report, durable=True)

    def report(self) -> dict[str, Any]:
        """The final report, or the last state of a call that was cut off."""
        for name in ("report.json", "state.json"):
            try:
                report: dict[str, Any] = json.loads((self.folder / name).read_text())
            except (OSError, ValueError):
                continue
            return report
        raise SpoolDamaged(self.call_id)

    def has_audio(self) -> bool:
        """Whether there is anything to upload; completes a cut-off file."""
        try:
            return wav.finish(self.audio, SAMPLE_RATE) > 0
        except OSError:
            return False

    def save_progress(self) -> None:
        _write_json(self.folder / "call.json", asdict(self.progress))

    def set_target(self, target: UploadTarget) -> None:
        """A fresh upload URL, instead of one that expired."""
        self.progress.key, self.progress.url = target.key, target.url
        self.save_progress()

    def release(self) -> None:
        """Let another process take it up."""
        self._lock.close()

    def delete(self) -> None:
        """Everything was taken."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.release()

    def reject(self) -> None:
        """The api refuses it for good: keep it aside for a person to look at."""
        aside = self.folder.with_name(self.folder.name + ".rejected")
        shutil.rmtree(aside, ignore_errors=True)
        self.folder.rename(aside)
        self.release()


class SpoolDamaged(Exception):
    """A folder without a readable report."""


class Spool:
    """All calls that are on disk."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)

    def create(self, call_id: str, upload: UploadTarget | None) -> SpooledCall:
        """A folder for a call that begins.

        Raises:
            FileExistsError: a call of that id is still on disk.
        """
        folder = self.root / call_id
        folder.mkdir()
        progress = Progress(call_id)
        if upload:
            progress.key, progress.url = upload.key, upload.url
        lock = _lock(folder)
        if lock is None:
            raise FileExistsError(folder)
        spooled = SpooledCall(folder, lock, progress)
        spooled.save_progress()
        return spooled

    def claim(self) -> Iterator[SpooledCall]:
        """Calls on disk that no living process works on, now ours."""
        for folder in sorted(self.root.iterdir()):
            if not (folder / "call.json").is_file() or folder.suffix == ".rejected":
                continue
            lock = _lock(folder)
            if lock is None:
                continue
            try:
                progress = Progress(**json.loads((folder / "call.json").read_text()))
            except (OSError, ValueError, TypeError):
                lock.close()
                continue
            yield SpooledCall(folder, lock, progress)

    def count(self) -> int:
        """How many calls are on disk, live ones included."""
        return sum(
            1
            for folder in self.root.iterdir()
            if folder.is_dir() and folder.suffix != ".rejected"
        )


def _lock(folder: Path) -> IO[str] | None:
    try:
        file = (folder / "lock").open("w")
    except OSError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file


def _write_json(path: Path, value: Any, *, durable: bool = False) -> None:
    """All or nothing, so that a reader never sees half a file."""
    part = path.with_suffix(".part")
    with part.open("w") as file:
        json.dump(value, file)
        if durable:
            file.flush()
            os.fsync(file.fileno())
    part.replace(path)
