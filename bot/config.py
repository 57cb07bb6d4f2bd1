"""What the environment says, read once and checked. Nothing else reads it."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

T = TypeVar("T")

PROVIDERS = ("deepgram", "openai", "groq", "elevenlabs", "sarvam", "cartesia")


# As the api wants it in production.
SECRET_LENGTH = 32


class ConfigError(Exception):
    """A variable that cannot be used. The text names it and what it takes."""


@dataclass(frozen=True)
class ProviderAccess:
    """How to reach one vendor. An empty `base_url` means the vendor's own."""

    api_key: str = ""
    base_url: str = ""


@dataclass(frozen=True)
class Config:
    """The bot's settings; times are in seconds."""

    port: int = 8080
    host: str = "0.0.0.0"
    api_url: str = "http://127.0.0.1:8000"
    bot_url: str = ""
    internal_secret: str = ""
    app_env: str = "production"
    git_sha: str = "dev"
    sentry_dsn: str = ""
    sentry_traces_sample_rate: float = 0.1
    sentry_profiles_sample_rate: float = 0.0
    log_level: str = "INFO"
    spool_dir: Path = Path(".data/spool")
    shutdown_grace_secs: float = 20.0
    drain_max_secs: float = 0.0
    stop_grace_secs: float | None = None
    connect_timeout_secs: float = 30.0
    heartbeat_secs: float = 10.0
    retry_max_secs: float = 60.0
    turn_detection: str = "smart"
    stun_url: str = ""
    turn_url: str = ""
    providers: Mapping[str, ProviderAccess] = field(default_factory=dict)

    def access(self, provider: str) -> ProviderAccess:
        """The key and base URL of a vendor, both empty when nothing is set."""
        return self.providers.get(provider, ProviderAccess())

    def missing(self) -> list[str]:
        """Names of the variables without which the bot can serve no call."""
        needed = {"INTERNAL_API_SECRET": self.internal_secret, "API_URL": self.api_url}
        return [name for name, value in needed.items() if not value]


def load(environ: Mapping[str, str] | None = None) -> Config:
    """Read the configuration.

    Raises:
        ConfigError: a value cannot be parsed, or one that production needs is
            missing. One line, naming the variable.
    """
    read = _Reader(os.environ if environ is None else environ)
    data_dir = read.text("DATA_DIR", ".data")
    config = Config(
        port=read.whole("BOT_PORT", 8080, low=0, high=65535),
        host=read.text("BOT_HOST", "0.0.0.0"),
        api_url=read.url("API_URL", "http://127.0.0.1:8000"),
        bot_url=read.url("BOT_PUBLIC_URL", ""),
        internal_secret=read.secret("INTERNAL_API_SECRET"),
        app_env=read.text("APP_ENV", "production"),
        git_sha=read.text("GIT_SHA", "dev"),
        sentry_dsn=read.text("SENTRY_DSN", ""),
        sentry_traces_sample_rate=read.number("SENTRY_TRACES_SAMPLE_RATE", 0.1, high=1),
        sentry_profiles_sample_rate=read.number(
            "SENTRY_PROFILES_SAMPLE_RATE", 0.0, high=1
        ),
        log_level=read.choice(
            "BOT_LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR")
        ),
        spool_dir=Path(read.text("BOT_SPOOL_DIR", "") or Path(data_dir) / "spool"),
        shutdown_grace_secs=read.number("SHUTDOWN_GRACE_SECS", 20.0),
        drain_max_secs=read.number("DRAIN_MAX_SECS", 0.0),
        stop_grace_secs=read.optional_number("STOP_GRACE_SECS"),
        connect_timeout_secs=read.number("CONNECT_TIMEOUT_SECS", 30.0),
        heartbeat_secs=read.number("HEARTBEAT_SECS", 10.0, low=0.1),
        retry_max_secs=read.number("RETRY_MAX_SECS", 60.0, low=0.1),
        turn_detection=read.choice("TURN_DETECTION", "smart", ("smart", "silence")),
        stun_url=read.text("STUN_URL", ""),
        turn_url=read.text("TURN_URL", ""),
        providers={name: _access(read, name) for name in PROVIDERS},
    )
    if config.app_env == "production":
        _check_for_production(config)
    return config


def _check_for_production(config: Config) -> None:
    if config.missing():
        raise ConfigError(f"{config.missing()[0]} is required when APP_ENV=production")
    given = len(config.internal_secret)
    if given < SECRET_LENGTH:
        raise ConfigError(
            f"INTERNAL_API_SECRET takes a secret of at least {SECRET_LENGTH}"
            f" characters, not of {given}"
        )


def _access(read: "_Reader", provider: str) -> ProviderAccess:
    name = provider.upper()
    return ProviderAccess(
        api_key=read.secret(f"{name}_API_KEY"),
        base_url=read.url(f"{name}_BASE_URL", ""),
    )


class _Reader:
    """Typed reads of an environment, with errors that name the variable."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def text(self, name: str, default: str) -> str:
        return self._environ.get(name, default).strip()

    def secret(self, name: str) -> str:
        """From `NAME`, or from the file that `NAME_FILE` names."""
        path = self.text(f"{name}_FILE", "")
        try:
            return Path(path).read_text().strip() if path else self.text(name, "")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", "it is no text")
            raise ConfigError(
                f"{name}_FILE takes the path of a readable file ({reason})"
            ) from None

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        value = self.text(name, default) or default
        if value not in allowed:
            raise ConfigError(
                f"{name} takes one of {', '.join(allowed)}, not {value!r}"
            )
        return value

    def url(self, name: str, default: str) -> str:
        value = self.text(name, default).rstrip("/")
        if value:
            parts = urlsplit(value)
            known = parts.scheme in ("http", "https", "ws", "wss")
            if not (known and parts.netloc):
                raise ConfigError(
                    f"{name} takes a URL such as https://host, not {value!r}"
                )
        return value

    def whole(self, name: str, default: int, *, low: int, high: int) -> int:
        value = self._parse(name, default, int, "a whole number")
        if not low <= value <= high:
            raise ConfigError(f"{name} takes a whole number from {low} to {high}")
        return value

    def number(
        self, name: str, default: float, *, low: float = 0, high: float = 86400
    ) -> float:
        value = self._parse(name, default, float, "a number")
        if not low <= value <= high:
            raise ConfigError(f"{name} takes a number from {low:g} to {high:g}")
        return value

    def optional_number(self, name: str) -> float | None:
        return self.number(name, 0.0) if self.text(name, "") else None

    def _parse(self, name: str, default: T, kind: Callable[[str], T], what: str) -> T:
        raw = self.text(name, "")
        if not raw:
            return default
        try:
            return kind(raw)
        except ValueError:
            raise ConfigError(f"{name} takes {what}, not {raw!r}") from None
