"""Settings: one frozen object, read from ``ECARD_*`` variables, handed to `create_app` and to nobody else at import.

``ecard config`` lists them all with their meaning. No setting is a secret: keys and passphrases live in files.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}


class Mode(StrEnum):
    """What the process runs for. The demo's parts refuse to start in production."""

    PRODUCTION = "production"
    DEMO = "demo"


class Settings(BaseSettings):
    """Everything that a deployment may set."""

    model_config = SettingsConfigDict(env_prefix="ECARD_", frozen=True, extra="ignore")

    mode: Mode = Field(
        Mode.PRODUCTION, description="production, or demo: invented people, an inbox page, known passwords"
    )
    data_dir: Path = Field(Path("var"), description="folder for the embedded database, Redis socket and keys")
    database_url: str = Field("", description="SQLAlchemy URL; empty: SQLite in the data folder")
    redis_url: str = Field(
        "", description="redis:// or unix:// URL; empty: an embedded server on a socket in the data folder"
    )
    key_dir: Path | None = Field(None, description="folder of sealed keys; empty: keys/ in the data folder")
    passphrase_file: Path | None = Field(
        None, description="file (mode 0600) that opens the sealed keys; empty: beside them"
    )
    issuer: str = Field(
        "https://ecard.guangzhou.example", description="the issuer's name in tokens: a URL without trailing slash"
    )
    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8000, ge=1, le=65535, description="port of the web process")
    stream_port: int = Field(0, ge=0, le=65535, description="port of the stream process; 0: the web port plus one")
    stream_url: str = Field(
        "", description="where verifiers reach /trust/events, if a proxy does not route it; empty: the stream port"
    )
    public_url: str = Field(
        "", description="origin by which browsers reach the service, for cookies and assertions; empty: as asked"
    )
    workers: int = Field(1, ge=1, le=64, description="web processes")
    threads: int = Field(8, ge=1, le=256, description="threads of each web process")
    secure_cookies: bool = Field(True, description="cookies only over https; the demo on plain http turns it off")
    trusted_proxies: int = Field(
        0, ge=0, le=8, description="reverse proxies in front, whose X-Forwarded-For is believed"
    )
    sms_url: str = Field(
        "",
        pattern="^(|https?://.+)$",
        description="SMS provider that takes {to, text} as JSON; the demo has an inbox page",
    )
    sms_token_file: Path | None = Field(None, description="file with the SMS provider's bearer token")
    orders_url: str = Field(
        "", pattern="^(|https?://.+)$", description="clearing house that takes orders to banks and medical fund"
    )
    orders_token_file: Path | None = Field(None, description="file with the clearing house's bearer token")
    devices_per_holder: int = Field(
        1, ge=1, le=3, description="phones that one holder may have linked at a time; one more ends the oldest"
    )
    rate_limit_scale: int = Field(1, ge=1, le=10_000, description="multiplies every rate limit; for load tests")
    log_level: str = Field(
        "INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="least severe level that is logged"
    )

    @field_validator("secure_cookies")
    @classmethod
    def _check_cookies(cls, secure: bool, others: ValidationInfo) -> bool:
        if not secure and others.data.get("mode") is Mode.PRODUCTION:
            raise ValueError("production is served over https only: its cookies are sessions")
        return secure

    @field_validator("sms_url", "orders_url")
    @classmethod
    def _check_partner(cls, url: str, others: ValidationInfo) -> str:
        split = urlsplit(url)
        if (
            split.scheme == "http"
            and split.hostname not in _THIS_MACHINE
            and others.data.get("mode") is Mode.PRODUCTION
        ):
            raise ValueError("production sends codes and tokens over https only, or to this machine")
        return url

    @property
    def sqlalchemy_url(self) -> str:
        """The database in use."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'ecard.sqlite3').absolute()}"

    @property
    def keys(self) -> Path:
        """The folder of sealed keys in use."""
        return self.key_dir or self.data_dir / "keys"

    @property
    def passphrase(self) -> Path:
        """The passphrase file in use."""
        return self.passphrase_file or self.keys / "passphrase"

    @property
    def events_port(self) -> int:
        """The stream process's port in use."""
        return self.stream_port or self.port + 1
