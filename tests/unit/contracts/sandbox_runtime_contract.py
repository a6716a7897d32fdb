"""What every SandboxRuntime does."""

from __future__ import annotations

import asyncio
import ipaddress
import re
from pathlib import Path

import pytest

from application.ports.runtime import SandboxRequest, SandboxRuntime, SandboxState
from domain.errors import NotFound
from domain.names import new_id

UNKNOWN_ID = "0" * 64


class SandboxRuntimeContract:
    """Override `subject`: a runtime that has no sandboxes of its own yet."""

    @pytest.fixture
    def subject(self) -> SandboxRuntime:
        raise NotImplementedError

    @pytest.fixture
    def request_for(self, tmp_path: Path) -> SandboxRequest:
        """A request that nobody made before."""
        return a_request(tmp_path)

    async def test_a_sandbox_that_runs_is_listed(
        self, subject: SandboxRuntime, request_for: SandboxRequest
    ) -> None:
        sandbox_id = await subject.run(request_for)
        assert await subject.list() == (SandboxState(sandbox_id, request_for.key, request_for.attempt, True),)

    async def test_a_sandbox_has_an_address_of_its_own(self, subject: SandboxRuntime, tmp_path: Path) -> None:
        ids = [await subject.run(a_request(tmp_path)) for _ in range(2)]
        addresses = {ipaddress.ip_address(await subject.address(sandbox_id)) for sandbox_id in ids}
        assert len(addresses) == 2

    async def test_many_at_once_are_all_there(self, subject: SandboxRuntime, tmp_path: Path) -> None:
        ids = await asyncio.gather(*(subject.run(a_request(tmp_path)) for _ in range(4)))
        assert {state.id for state in await subject.list()} == set(ids)

    async def test_the_same_attempt_once_more_takes_the_place_of_the_first(
        self, subject: SandboxRuntime, request_for: SandboxRequest
    ) -> None:
        first = await subject.run(request_for)
        second = await subject.run(request_for)
        assert second != first
        assert [state.id for state in await subject.list()] == [second]

    async def test_attempts_of_one_container_stand_side_by_side(
        self, subject: SandboxRuntime, tmp_path: Path
    ) -> None:
        key = new_id()
        for attempt in (1, 2):
            await subject.run(a_request(tmp_path, key=key, attempt=attempt))
        assert {(state.key, state.attempt) for state in await subject.list()} == {(key, 1), (key, 2)}

    async def test_its_interface_has_the_address_and_a_mac(
        self, subject: SandboxRuntime, tmp_path: Path
    ) -> None:
        sandbox_id = await subject.run(a_request(tmp_path))
        interface = await subject.interface(sandbox_id)
        assert interface.address == await subject.address(sandbox_id)
        assert re.fullmatch(r"([0-9a-f]{2}:){5}[0-9a-f]{2}", interface.mac)
        assert await subject.interface(sandbox_id) == interface
        await subject.remove(sandbox_id)
        for gone in (sandbox_id, UNKNOWN_ID):
            with pytest.raises(NotFound):
                await subject.interface(gone)

    async def test_a_stopped_one_stays_without_address(
        self, subject: SandboxRuntime, request_for: SandboxRequest
    ) -> None:
        sandbox_id = await subject.run(request_for)
        await subject.stop(sandbox_id)
        assert [(state.id, state.ready) for state in await subject.list()] == [(sandbox_id, False)]
        assert await subject.address(sandbox_id) == ""

    async def test_stop_is_idempotent(self, subject: SandboxRuntime, request_for: SandboxRequest) -> None:
        sandbox_id = await subject.run(request_for)
        await subject.stop(sandbox_id)
        await subject.stop(sandbox_id)
        await subject.stop(UNKNOWN_ID)
        assert [state.ready for state in await subject.list()] == [False]

    @pytest.mark.parametrize("stopped", [False, True])
    async def test_a_removed_one_is_gone(
        self, subject: SandboxRuntime, request_for: SandboxRequest, stopped: bool
    ) -> None:
        sandbox_id = await subject.run(request_for)
        if stopped:
            await subject.stop(sandbox_id)
        await subject.remove(sandbox_id)
        assert await subject.list() == ()
        with pytest.raises(NotFound):
            await subject.address(sandbox_id)

    async def test_remove_is_idempotent(self, subject: SandboxRuntime, request_for: SandboxRequest) -> None:
        sandbox_id = await subject.run(request_for)
        await subject.remove(sandbox_id)
        await subject.remove(sandbox_id)
        await subject.remove(UNKNOWN_ID)
        assert await subject.list() == ()

    async def test_an_unknown_one_has_no_address(self, subject: SandboxRuntime) -> None:
        with pytest.raises(NotFound) as raised:
            await subject.address(UNKNOWN_ID)
        assert raised.value.fields() == {"kind": "sandbox", "reference": UNKNOWN_ID}

    @pytest.mark.parametrize("seconds", [0, 0.005, 0.03, 0.06])
    async def test_a_cancelled_run_leaves_nothing(
        self, subject: SandboxRuntime, request_for: SandboxRequest, seconds: float
    ) -> None:
        running = asyncio.create_task(subject.run(request_for))
        await asyncio.sleep(seconds)
        if running.cancel():
            with pytest.raises(asyncio.CancelledError):
                await running
            assert await subject.list() == ()
        else:
            assert [state.id for state in await subject.list()] == [running.result()]


def a_request(root: Path, *, key: str = "", attempt: int = 1) -> SandboxRequest:
    """A sandbox without published ports, its logs below `root`."""
    key = key or new_id()
    return SandboxRequest(key, f"c-{key[:8]}", attempt, f"c-{key[:8]}", str(root / f"k3c_c_{key}"))
