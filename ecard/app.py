"""The one place where things are put together. Importing this module does nothing."""

from __future__ import annotations

import logging
import sys
from dataclasses import dataclass
from datetime import timedelta

import structlog
from flask import Flask
from flask_jwt_extended import JWTManager
from flask_openapi3 import Info, OpenAPI
from redis import Redis
from werkzeug.middleware.proxy_fix import ProxyFix

from ecard.config import Mode, Settings
from ecard.domain.policies import ACCESS_LIFETIME
from ecard.gateways.http import JsonPoster
from ecard.gateways.sms import DemoInbox, HttpSms, SmsGateway
from ecard.keystore import KeyStore, KeyStoreError, Secrets
from ecard.services.card_claims import CardClaims
from ecard.services.codes import CodeIssuer
from ecard.services.credentials import CredentialIssuer
from ecard.services.follow import StatusIndices, follow
from ecard.services.keyring import KeyRing, open_ring
from ecard.services.seal_keys import SealKeys
from ecard.services.staff_sign_in import StaffSignIn
from ecard.services.trouble import Trouble
from ecard.services.verification import OnlineVerifier, UsedCodes
from ecard.services.watch import Watch, Watcher
from ecard.store.database import Database, DatabaseBusyError
from ecard.store.redis_link import Bells, RedisUnavailableError, connect
from ecard.store.revocation_list import RevocationList
from ecard.store.schema import check_deployment
from ecard.store.unit_of_work import Clock, UnitOfWork, system_clock
from ecard.store.vault import Vault
from ecard.web import (
    auditor,
    auth,
    citizen,
    codes,
    counter,
    demo,
    devices,
    operations,
    pages,
    public,
    trust,
    unit,
    verifier,
)
from ecard.web.access import register_guard
from ecard.web.bodies import register_bodies
from ecard.web.headers import register_headers
from ecard.web.limits import RateLimits
from ecard.web.observe import register_observation
from ecard.web.parts import EXTENSION, Parts
from ecard.web.problems import register_problems, validation_problem
from ecard.web.sessions import TokenMemory
from ecard.web.whole import register_whole_bodies
from signing import RootFile

_log = structlog.get_logger()
_MOST_BYTES = 1 << 20


class ConfigurationError(Exception):
    """The settings do not allow a start; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Foundation:
    """What every process of the service stands on: database, Redis, secrets, the list and those who follow it."""

    settings: Settings
    database: Database
    redis: Redis
    keystore: KeyStore
    secrets: Secrets
    vault: Vault
    uow: UnitOfWork
    revocations: RevocationList
    indices: StatusIndices

    def bells(self) -> Bells:
        """A listener of one's own."""
        return Bells(self.redis)


def lay_foundation(settings: Settings, *, clock: Clock = system_clock) -> Foundation:
    """Open database, Redis and secrets.

    Raises:
        KeyStoreError: keys are missing or sealed under another passphrase.
        WrongDeploymentError: the database belongs to the other mode.
    """
    database = Database(settings.sqlalchemy_url)
    check_deployment(database, settings.mode.value)
    redis = connect(settings.redis_url)
    keystore = KeyStore(settings.keys, settings.passphrase)
    secrets = keystore.secrets()
    revocations, indices = RevocationList(redis), StatusIndices(secrets.status_index)
    bells = Bells(redis)

    redis_trouble = Trouble("redis_unavailable", consequence="the worker publishes from the database")
    database_trouble = Trouble("database_busy", consequence="the worker brings Redis up to date")

    def ring(topics: set[str]) -> None:
        """After a commit: bring Redis up to date, then tell everybody. A missing Redis is made up for by the worker."""
        if "status" in topics:
            try:
                follow(uow, revocations, indices)
                redis_trouble.over()
                database_trouble.over()
            except RedisUnavailableError as error:
                redis_trouble.met(error)
            except DatabaseBusyError as error:  # the commit stands: an error now would deny it
                database_trouble.met(error)
        bells.ring(topics)

    vault = Vault(secrets.data, secrets.blind_index)
    uow = UnitOfWork(database, vault, secrets.audit, clock=clock, ring=ring)
    return Foundation(settings, database, redis, keystore, secrets, vault, uow, revocations, indices)


def create_app(settings: Settings | None = None, *, clock: Clock = system_clock, watching: bool = True) -> Flask:
    """The web application.

    ``watching`` starts the thread that keeps the process's memory fresh; without it every request asks the database.

    Raises:
        ConfigurationError: a setting is missing for this mode.
        KeyStoreError: keys cannot be opened.
        WrongDeploymentError: the database belongs to the other mode.
    """
    settings = settings or Settings()  # type: ignore[call-arg]
    foundation = lay_foundation(settings, clock=clock)
    app = _bare_app(settings, foundation)
    watch = Watch(foundation.uow)
    app.extensions[EXTENSION] = _make_parts(foundation, watch)
    app.extensions["ecard-tokens"] = TokenMemory()
    JWTManager(app)
    register_whole_bodies(app)
    register_observation(app)
    register_guard(app)
    register_bodies(app)
    register_headers(app)
    register_problems(app)
    _register_views(app, settings)
    if watching:
        Watcher(watch, foundation.bells()).start()
    return app


def _bare_app(settings: Settings, foundation: Foundation) -> OpenAPI:
    app = OpenAPI(
        "ecard",
        info=Info(title="电子社会保障卡 · Electronic social-security card", version="1.0"),
        validation_error_callback=validation_problem,
        doc_ui=False,
        static_folder=None,
    )
    app.config.update(
        JWT_SECRET_KEY=foundation.secrets.session.hex(),
        JWT_ALGORITHM="HS256",
        JWT_TOKEN_LOCATION=["headers", "cookies"],
        JWT_ACCESS_TOKEN_EXPIRES=ACCESS_LIFETIME,
        JWT_REFRESH_TOKEN_EXPIRES=timedelta(days=30),
        JWT_COOKIE_CSRF_PROTECT=True,
        MAX_CONTENT_LENGTH=_MOST_BYTES,
        PROPAGATE_EXCEPTIONS=False,
    )
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app


def _make_parts(foundation: Foundation, watch: Watch) -> Parts:
    settings, secrets, indices = foundation.settings, foundation.secrets, foundation.indices
    root_path = foundation.keystore.folder / "root.json"
    if not root_path.exists():
        raise KeyStoreError(f"no root file {root_path}; make the keys with `ecard keys init`")
    root_file = root_path.read_bytes()
    root, used, code_keys = RootFile.parse(root_file), UsedCodes(foundation.redis), _code_keys(foundation)
    claims = CardClaims(indices, SealKeys(root), pseudonym_key=secrets.pseudonym)
    return Parts(
        settings=settings,
        uow=foundation.uow,
        watch=watch,
        code_keys=code_keys,
        codes=CodeIssuer(foundation.uow, watch, claims, signer=code_keys.signer, issuer=settings.issuer),
        credentials=CredentialIssuer(claims, used, signer=code_keys.signer_for),
        verification=OnlineVerifier(root, indices, used),
        used=used,
        staff_sign_in=StaffSignIn.create(),
        sms=_sms_gateway(settings, foundation.uow),
        indices=indices,
        redis=foundation.redis,
        limits=RateLimits(settings.redis_url, scale=settings.rate_limit_scale),
        root_file=root_file,
    )


def _code_keys(foundation: Foundation) -> KeyRing:
    """The web process's only private keys. One that is due and not here is no reason to start; one that ended is no reason not to:
    loss reports need none."""
    ring = open_ring(foundation.keystore, "code")
    now = int(foundation.uow.clock().timestamp())
    if ring.key_is_missing(now):
        ring.signer(now)
    return ring


def _sms_gateway(settings: Settings, uow: UnitOfWork) -> SmsGateway:
    if settings.sms_url:
        return HttpSms(JsonPoster(settings.sms_url, settings.sms_token_file))
    if settings.mode is Mode.DEMO:
        return DemoInbox(uow)
    raise ConfigurationError("ECARD_SMS_URL is not set: without an SMS provider no citizen can sign in")


def _register_views(app: OpenAPI, settings: Settings) -> None:
    for part in (auth, citizen, devices, codes, counter, unit, verifier, auditor, public):
        app.register_api(part.blueprint)
    for plain in (trust.blueprint, operations.blueprint, pages.blueprint, public.plain):
        app.register_blueprint(plain)
    if settings.mode is Mode.DEMO:
        app.register_blueprint(demo.blueprint)


def configure_logging(level: str) -> None:
    """JSON lines on standard error; personal data never."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
