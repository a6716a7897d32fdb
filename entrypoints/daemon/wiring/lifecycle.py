"""The lifecycle of containers, and what supports it."""

from __future__ import annotations

from dependency_injector import providers

from application.lifecycle.abandoned import Abandoned
from application.lifecycle.attempt_requests import AttemptRequests
from application.lifecycle.await_health import AwaitHealth
from application.lifecycle.discard import DiscardContainer
from application.lifecycle.exits import Exits
from application.lifecycle.follow_log import FollowLog
from application.lifecycle.forget_container import ForgetContainer
from application.lifecycle.gated_start import GatedStart
from application.lifecycle.handle_exit import HandleExit
from application.lifecycle.health import HealthWatch
from application.lifecycle.lookup import Containers
from application.lifecycle.make_attempt import MakeAttempt
from application.lifecycle.missed_exits import RecordedExits, RecordMissedExits
from application.lifecycle.names import ChooseDns, ResolveAddress, ResolveName
from application.lifecycle.prefer_for_oom import PreferForOom
from application.lifecycle.published_ports import PublishedPorts
from application.lifecycle.reconcile import Reconcile
from application.lifecycle.relayed_sandboxes import RelayedSandboxes, RestoreRelays
from application.lifecycle.restart_policy import PlanRestart
from application.lifecycle.rotate_logs import RotateLogs
from application.lifecycle.seeding import Seeding
from application.lifecycle.start_attempt import StartAttempt
from application.lifecycle.stream_until_exit import StreamUntilExit
from application.lifecycle.sweep_leftovers import SweepLeftovers
from application.support.background import Background
from application.support.each_alone import EachAlone
from application.support.events import Events
from application.support.image_uses import ImageUses
from application.support.locks import ContainerLocks
from domain.restart import Backoff
from entrypoints.daemon.loops import failed
from entrypoints.daemon.wiring.adapters import Adapters


class Lifecycle(Adapters):
    """The parts of the application that use cases share."""

    each_alone = providers.Singleton(EachAlone, failed=providers.Object(failed))
    events = providers.Singleton(Events, event_store=Adapters.event_store, failed=providers.Object(failed))
    sandboxes = providers.Singleton(RelayedSandboxes, pods=Adapters.pods, relays=Adapters.relays)
    restore_relays = providers.Singleton(
        RestoreRelays,
        container_store=Adapters.container_store,
        sandboxes=sandboxes,
        relays=Adapters.relays,
        each_alone=each_alone,
    )
    runtime = providers.Singleton(
        RecordedExits, cri_runtime=Adapters.cri_runtime, container_store=Adapters.container_store
    )
    record_missed_exits = providers.Singleton(
        RecordMissedExits,
        container_store=Adapters.container_store,
        changes=Adapters.changes,
        missed_exits=Adapters.missed_exits,
        unread_output=Adapters.unread_output,
        logs=Adapters.logs,
    )
    seeding = providers.Singleton(
        Seeding,
        seeds=Adapters.seeds,
        container_roots=Adapters.container_roots,
        rooted_files=Adapters.rooted_files,
    )
    prefer_for_oom = providers.Singleton(PreferForOom, pids=Adapters.pids, oom_scores=Adapters.oom_scores)
    locks = providers.Singleton(ContainerLocks)
    image_uses = providers.Singleton(ImageUses)
    exits = providers.Singleton(Exits, runtime=runtime)
    background = providers.Singleton(Background, failed=providers.Object(failed))
    health = providers.Singleton(
        HealthWatch,
        probes=Adapters.probes,
        pauses=Adapters.pauses,
        exits=exits,
        background=background,
        events=events,
    )
    published_ports = providers.Singleton(
        PublishedPorts, container_store=Adapters.container_store, ports=Adapters.ports
    )
    lookup = providers.Singleton(
        Containers,
        container_store=Adapters.container_store,
        runtime=runtime,
        pauses=Adapters.pauses,
        health=health,
    )
    choose_dns = providers.Singleton(
        ChooseDns, resolver=Adapters.resolver, server=Adapters.config.provided.name_server
    )
    resolve_name = providers.Singleton(
        ResolveName, container_store=Adapters.container_store, sandboxes=sandboxes
    )
    resolve_address = providers.Singleton(
        ResolveAddress, container_store=Adapters.container_store, sandboxes=sandboxes
    )
    attempt_requests = providers.Singleton(
        AttemptRequests,
        containers=lookup,
        volume_store=Adapters.volume_store,
        sandboxes=sandboxes,
        specs=Adapters.specs,
        hosts_files=Adapters.hosts_files,
        choose_dns=choose_dns,
        gateway=Adapters.config.provided.gateway,
    )
    gated_start = providers.Singleton(GatedStart, runtime=runtime, gates=Adapters.gates, exits=exits)
    make_attempt = providers.Singleton(
        MakeAttempt,
        container_store=Adapters.container_store,
        sandboxes=sandboxes,
        gated_start=gated_start,
        logs=Adapters.logs,
        published_ports=published_ports,
        attempt_requests=attempt_requests,
        seeding=seeding,
        log_root=Adapters.config.provided.log_folder,
        log_files=Adapters.config.provided.log_files,
        logs_size=Adapters.config.provided.logs_size,
    )
    start_attempt = providers.Singleton(
        StartAttempt,
        changes=Adapters.changes,
        sandboxes=sandboxes,
        make_attempt=make_attempt,
        health=health,
        exits=exits,
        events=events,
        unread_output=Adapters.unread_output,
        background=background,
    )
    forget = providers.Singleton(
        ForgetContainer,
        container_store=Adapters.container_store,
        volume_store=Adapters.volume_store,
        files=Adapters.files,
        logs=Adapters.logs,
        kept_logs=Adapters.kept_logs,
        seeds=Adapters.seeds,
        events=events,
    )
    discard = providers.Singleton(
        DiscardContainer,
        container_store=Adapters.container_store,
        sandboxes=sandboxes,
        forget=forget,
        locks=locks,
        background=background,
    )
    await_health = providers.Singleton(AwaitHealth, health=health, exits=exits)
    follow_log = providers.Singleton(FollowLog, logs=Adapters.logs, exits=exits)
    stream_until_exit = providers.Singleton(StreamUntilExit, exits=exits, discard=discard)
    backoff = providers.Singleton(Backoff, first=Adapters.config.provided.restart_backoff)
    plan_restart = providers.Singleton(
        PlanRestart,
        containers=lookup,
        changes=Adapters.changes,
        start_attempt=start_attempt,
        locks=locks,
        background=background,
        backoff=backoff,
        each_alone=each_alone,
    )
    handle_exit = providers.Singleton(
        HandleExit,
        containers=lookup,
        container_store=Adapters.container_store,
        sandboxes=sandboxes,
        discard=discard,
        plan_restart=plan_restart,
        locks=locks,
        exits=exits,
        events=events,
    )
    rotate_logs = providers.Singleton(
        RotateLogs,
        containers=lookup,
        logs=Adapters.logs,
        log_writers=Adapters.log_writers,
        kept_logs=Adapters.kept_logs,
        largest=Adapters.config.provided.log_size,
        files=Adapters.config.provided.log_files,
        each_alone=each_alone,
    )
    abandoned = providers.Singleton(
        Abandoned,
        container_store=Adapters.container_store,
        sandboxes=sandboxes,
        forget=forget,
        locks=locks,
    )
    sweep_leftovers = providers.Singleton(SweepLeftovers, leftovers=Adapters.leftovers, each_alone=each_alone)
    reconcile = providers.Singleton(
        Reconcile,
        container_store=Adapters.container_store,
        sandboxes=sandboxes,
        runtime=runtime,
        forget=forget,
        handle_exit=handle_exit,
        locks=locks,
        health=health,
        abandoned=abandoned,
        each_alone=each_alone,
        background=background,
        unread_output=Adapters.unread_output,
    )
