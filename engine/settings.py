"""Settings: one YAML file, then the environment; every fault shown where it stands.

Names are dotted (``database.url``). The environment overrides a scalar by its name in upper case
with underscores: ``TOCSIN_DATABASE_URL``. A secret is never written in the file: it is ``${NAME}``
of the environment or ``${file:/path}``. Paths of policies, labels and sources are relative to the
settings file, ``bundled:`` names what ships with the engine; a database path is relative to where
the engine is started.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from engine.settings_accounts import Accounts  # noqa: TC001 - read at run time
from engine.settings_ads import AdsSettings
from engine.settings_approval import ApprovalSettings
from engine.settings_audit import AuditSettings
from engine.settings_base import Duration, Section, Speed, pairs
from engine.settings_limits import LimitSettings
from engine.settings_privacy import PrivacySettings

if TYPE_CHECKING:
    from collections.abc import Mapping

ENVIRONMENT_PREFIX = "TOCSIN_"
_BUNDLED = "bundled:"


class DatabaseSettings(Section):
    """Where everything is kept."""

    url: str = Field(
        default="sqlite:///var/tocsin.db",
        description="`sqlite:///path/to/file.db` (three slashes: relative to the working "
        "directory, four: absolute) or `postgresql://user@host/name`.",
    )
    busy_timeout: Duration = Field(
        default=timedelta(seconds=5),
        description="How long to wait for a lock another process holds.",
    )
    is_fresh: bool = Field(
        default=False,
        description="`tocsin run` starts from an empty SQLite file each time: for demonstrations "
        "only. Never with TOCSIN_DATABASE_URL set.",
    )


_FIELDS_OF_KIND = {
    "file": {"path", "map", "brand", "speed"},
    "folder": {"path", "map", "brand"},
    "feed": {"url", "brand", "every"},
    "stdin": {"map", "brand"},
    "intake": {"brand", "capacity"},
}


class SourceSettings(Section):
    """One place mentions come from; which fields a kind uses stands in docs/connectors.md."""

    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9-]*$", description="Its name: the key of its stored cursor."
    )
    kind: Literal["file", "folder", "feed", "stdin", "intake"] = Field(description="What it reads.")
    path: str | None = Field(default=None, description="File or folder (kinds file, folder).")
    url: str | None = Field(default=None, description="Feed address (kind feed).")
    map: str | None = Field(
        default=None,
        description="`field=column,…` for files with other names (file, folder, stdin).",
    )
    brand: str | None = Field(
        default=None, description="Brand of mentions that name none themselves."
    )
    every: Duration = Field(
        default=timedelta(minutes=5), description="Pause between two polls (kind feed)."
    )
    speed: Speed = Field(
        default=float("inf"),
        description="Release by event time: `60x` is a minute a second, `max` at once (kind file).",
    )
    capacity: int = Field(
        default=10_000, ge=1, description="Mentions held and not yet stored before 429 (intake)."
    )

    @model_validator(mode="after")
    def _can_be_read(self) -> Self:
        needed = {"file": "path", "folder": "path", "feed": "url"}.get(self.kind)
        if needed is not None and getattr(self, needed) is None:
            message = f"a source of kind {self.kind} needs '{needed}'"
            raise ValueError(message)
        unused = self.model_fields_set - {"name", "kind"} - _FIELDS_OF_KIND[self.kind]
        if unused:
            message = f"{', '.join(sorted(unused))}: no effect on a source of kind {self.kind}"
            raise ValueError(message)
        if not self.every:
            message = "'every' needs to be at least a second: nobody may be asked without a pause"
            raise ValueError(message)
        return self


class HttpSettings(Section):
    """The console and the API."""

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8080, ge=0, le=65535, description="Port; 0 takes a free one.")
    api_token: str | None = Field(
        default=None,
        description="Secret. Bearer token of plain intake and, where set, of all of `/api/v1`; the "
        "page then asks for any user name and this token as password.",
    )
    webhook_secrets: tuple[str, ...] = Field(
        default=(),
        description="Secrets. Standard Webhooks keys that signed intake accepts: `whsec_` and the "
        "base64 of at least 16 random bytes; several while one is being replaced.",
    )
    rate: float = Field(
        default=50.0, gt=0, description="Intake requests a second and caller before 429."
    )
    burst: int = Field(default=100, ge=1, description="Intake requests at once before 429.")


class ModelSettings(Section):
    """Classification."""

    backend: Literal["encoder", "linear", "transformers"] = Field(
        default="encoder",
        description="Which classifier answers: `encoder` reads meaning in every task; `linear` "
        "weighs words, many times as fast, sentiment and label sets alone; `transformers` is the "
        "models named below and nothing else.",
    )
    transformers: Annotated[dict[str, str | dict[str, Any]], BeforeValidator(pairs)] = Field(
        default={},
        description="Task to model: the name or path (`./` is relative to this file) of a "
        "sequence-classification model of the `transformers` library, which then answers the task "
        "in place of the backend. Or `{model, labels, temperature, floor}`, where `labels` gives "
        "the task's label for each of the model's. In the environment `task=model,…`.",
    )
    threads: int | None = Field(
        default=None,
        ge=1,
        le=64,
        description="Texts read side by side; left out: as many as there are cores, at most 4.",
    )
    labels: str = Field(
        default="bundled:rules/labels", description="Folder of the built-in label sets."
    )
    cache: str = Field(
        default="var/models",
        description="Where label heads learnt at start are kept; relative to the working "
        "directory.",
    )

    @model_validator(mode="after")
    def _answers_something(self) -> Self:
        if self.backend == "transformers" and not self.transformers:
            message = "backend 'transformers' needs 'transformers': a model for at least one task"
            raise ValueError(message)
        return self


class EngineSettings(Section):
    """The runner."""

    batch: int = Field(default=500, ge=1, le=5000, description="Mentions a transaction, at most.")
    backlog: int = Field(
        default=5_000, ge=1, description="Undecided mentions at which sources have to wait."
    )
    lateness: Duration = Field(
        default=timedelta(minutes=2),
        description="How far a mention may lie behind its source and still count in windows.",
    )


class DispatchSettings(Section):
    """Sending."""

    first_pause: Duration = Field(
        default=timedelta(seconds=1),
        description="Pause after a first failed attempt; doubles each time.",
    )
    longest_pause: Duration = Field(
        default=timedelta(minutes=5), description="Longest pause between attempts."
    )
    attempts: int = Field(default=6, ge=1, le=100, description="Attempts before an action fails.")
    concurrency: int = Field(default=8, ge=1, le=256, description="Sends at once a channel.")
    timeout: Duration = Field(
        default=timedelta(seconds=15), description="Longest wait for a receiver's answer."
    )


class PromotionSettings(Section):
    """What a rule needs before it may act without a person."""

    reviewed_drafts: int = Field(
        default=20,
        ge=0,
        description="Drafts of a rule that people must have approved or rejected before its "
        "outward actions run at `enforce`; until then they run as `draft`.",
    )
    require_tests: bool = Field(
        default=True, description="Whether the rule needs examples, all passing, as well."
    )


class LogSettings(Section):
    """What the engine says of itself, on standard error."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least that is written."
    )
    format: Literal["text", "json"] = Field(default="text", description="For people or machines.")


class Settings(Section):
    """All settings; every one has a default, so an empty file is a valid one."""

    database: DatabaseSettings = DatabaseSettings()
    policies: tuple[str, ...] = Field(
        default=(), description="Policy files, or folders searched for them."
    )
    reload: bool = Field(
        default=True,
        description="Whether `tocsin run` takes edits of the policies up while it runs.",
    )
    promotion: PromotionSettings = PromotionSettings()
    approval: ApprovalSettings = ApprovalSettings()
    sources: tuple[SourceSettings, ...] = Field(default=(), description="Where mentions come from.")
    brands: str | None = Field(
        default=None,
        description="File of brands, docs/brands.md: mentions that name none get the one their "
        "text is about.",
    )
    accounts: Accounts = Field(
        default=(), description="Our own accounts on platforms: whom the engine speaks as."
    )
    http: HttpSettings = HttpSettings()
    models: ModelSettings = ModelSettings()
    engine: EngineSettings = EngineSettings()
    dispatch: DispatchSettings = DispatchSettings()
    privacy: PrivacySettings = PrivacySettings()
    limits: LimitSettings = LimitSettings()
    audit: AuditSettings = AuditSettings()
    ads: AdsSettings = AdsSettings()
    log: LogSettings = LogSettings()


# Of a list, each entry's.
SECRET_NAMES = frozenset(
    {
        "accounts.token",
        "approval.slack_signing_secret",
        "http.api_token",
        "http.webhook_secrets",
    }
)


@dataclass(frozen=True, slots=True)
class Configuration:
    """Settings as read, with what is needed to resolve their paths.

    Attributes:
        folder: The folder of the settings file.
        file: The settings file as named.
        environment: Kept for policies' own ``${NAME}``.
    """

    settings: Settings
    folder: Path
    file: str
    environment: Mapping[str, str]

    def path(self, named: str) -> Path:
        """Return the path a setting names: bundled, absolute, or relative to the settings file."""
        if named.startswith(_BUNDLED):
            return bundled(named.removeprefix(_BUNDLED))
        return self.folder / Path(named).expanduser()


def bundled(relative: str) -> Path:
    """Return where something that ships with the engine lies: ``rules/…`` or ``config/…``."""
    package = Path(__file__).resolve().parent
    inside = package / "_bundled" / relative
    return inside if inside.exists() else package.parent / relative
