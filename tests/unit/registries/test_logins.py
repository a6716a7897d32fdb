"""The contract over HTTP, and what only a wire can show."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from adapters.registries.hosts import HostsFolder, is_loopback
from adapters.registries.logins import HttpRegistryLogins, challenge
from domain.errors import InvalidArgument, Unauthenticated, Unavailable
from domain.image import Credentials
from tests.scripted_registry import Reply, Request, ScriptedRegistry, basic, behind_tokens, scripted_registry
from tests.unit.contracts.registries_contract import Locked, RegistryLoginsContract

NO_FOLDER = HostsFolder()
LOGIN = Credentials("tester", "hunter2")


def by_basic(request: Request) -> Reply:
    if request.headers.get("authorization") == basic("tester", "hunter2"):
        return Reply(200)
    return Reply(401, {"WWW-Authenticate": 'Basic realm="here"'})


def forbidding(request: Request) -> Reply:
    known = "authorization" in request.headers
    return Reply(403) if known else Reply(401, {"WWW-Authenticate": "Basic"})


def bound() -> socket.socket:
    """A port that nobody else is given, and where nobody listens."""
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    return taken


class TestHttpRegistryLogins(RegistryLoginsContract):
    @pytest.fixture
    def subject(self) -> Iterator[Locked]:
        with ExitStack() as stack:
            enter = stack.enter_context
            by_token = enter(scripted_registry(lambda _: Reply(500)))
            by_token.answer = behind_tokens(lambda: by_token.address, "tester", "hunter2", "refresh")
            nobody = enter(bound())
            yield Locked(
                HttpRegistryLogins(HostsFolder()),
                open=enter(scripted_registry(lambda _: Reply(200))).address,
                locked=enter(scripted_registry(by_basic)).address,
                by_token=by_token.address,
                refresh_token="refresh",
                forbidden=enter(scripted_registry(forbidding)).address,
                nobody=f"127.0.0.1:{nobody.getsockname()[1]}",
                credentials=LOGIN,
            )


@pytest.fixture
def registry() -> Iterator[ScriptedRegistry]:
    with scripted_registry(by_basic) as made:
        yield made


async def check(registry: str, hosts: HostsFolder = NO_FOLDER) -> Credentials:
    return await HttpRegistryLogins(hosts).check(registry, LOGIN)


async def test_no_credentials_follow_a_redirect(registry: ScriptedRegistry) -> None:
    reply = Reply(307, {"Location": f"http://{registry.address}/v2/"})
    with scripted_registry(lambda _: reply) as other, pytest.raises(Unavailable) as raised:
        await check(other.address)
    assert (raised.value.problem, raised.value.detail) == ("redirects", f"http://{registry.address}/v2/")
    assert registry.requests == []


async def test_the_password_goes_to_no_token_service_by_other_means_than_http(
    registry: ScriptedRegistry,
) -> None:
    registry.answer = lambda _: Reply(401, {"WWW-Authenticate": 'Bearer realm="ftp://elsewhere.test/token"'})
    with pytest.raises(Unavailable) as raised:
        await check(registry.address)
    assert (raised.value.problem, raised.value.detail) == ("redirects", "ftp://elsewhere.test/token")
    assert all("authorization" not in request.headers for request in registry.requests)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"\xff", b'{"token"'])
async def test_a_token_service_without_a_token(registry: ScriptedRegistry, body: bytes) -> None:
    realm = f'Bearer realm="http://{registry.address}/token"'
    registry.answer = lambda request: (
        Reply(200, {}, body) if request.path == "/token" else Reply(401, {"WWW-Authenticate": realm})
    )
    with pytest.raises(Unavailable) as raised:
        await check(registry.address)
    assert raised.value.problem == "no-token"


@pytest.mark.parametrize("status", [404, 500, 503])
async def test_what_is_no_registry(registry: ScriptedRegistry, status: int) -> None:
    registry.answer = lambda _: Reply(status)
    with pytest.raises(Unavailable) as raised:
        await check(registry.address)
    assert (raised.value.problem, raised.value.detail) == ("answers", str(status))


async def test_an_answer_that_is_no_http(registry: ScriptedRegistry) -> None:
    registry.answer = lambda _: Reply(401)  # that says no way to log in
    with pytest.raises(Unauthenticated):
        await check(registry.address)


async def test_https_is_spoken_to_what_is_elsewhere(registry: ScriptedRegistry, tmp_path: Path) -> None:
    folder = tmp_path / registry.address
    folder.mkdir()
    (folder / "hosts.toml").write_text(f'server = "https://{registry.address}"\n')
    with pytest.raises(Unavailable) as raised:
        await check(registry.address, HostsFolder(str(tmp_path)))
    assert raised.value.problem == "wants-https"


async def test_the_server_of_a_hosts_file(registry: ScriptedRegistry, tmp_path: Path) -> None:
    (tmp_path / "_default").mkdir()
    (tmp_path / "_default" / "hosts.toml").write_text(f'server = "http://{registry.address}/v2"\n')
    assert await check("registry.test", HostsFolder(str(tmp_path))) == LOGIN


@pytest.mark.parametrize("text", ["server = ", 'ca = "none.pem"\n', "ca = 7\n"])
async def test_a_hosts_file_that_cannot_be_used(tmp_path: Path, text: str) -> None:
    (tmp_path / "registry.test").mkdir()
    (tmp_path / "registry.test" / "hosts.toml").write_text(text)
    with pytest.raises(InvalidArgument) as raised:
        await check("registry.test", HostsFolder(str(tmp_path)))
    assert raised.value.value == str(tmp_path / "registry.test" / "hosts.toml")


def test_where_registries_are() -> None:
    hosts = HostsFolder("", ("plain.test:5000",))
    urls = [hosts.endpoint(name).url for name in ("docker.io", "plain.test:5000", "r.test", "[::1]:5000")]
    assert urls == [
        "https://registry-1.docker.io",
        "http://plain.test:5000",
        "https://r.test",
        "http://[::1]:5000",
    ]


@pytest.mark.parametrize(
    ("registry", "is_one"),
    [
        ("localhost", True),
        ("localhost:5000", True),
        ("127.0.0.1:1", True),
        ("127.9.9.9", True),
        ("[::1]", True),
        ("[::1]:80", True),
        ("10.0.0.1:5000", False),
        ("localhost.example.com", False),
    ],
)
def test_loopback(registry: str, is_one: bool) -> None:
    assert is_loopback(registry) is is_one


def test_challenges() -> None:
    header = 'Bearer realm="https://auth.test/token",service="a, b",scope=x'
    parameters = {"realm": "https://auth.test/token", "service": "a, b", "scope": "x"}
    assert challenge(header) == ("bearer", parameters)
    assert challenge("") == ("", {})
