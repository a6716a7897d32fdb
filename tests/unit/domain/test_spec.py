"""Restart policies, and what is executed."""

from __future__ import annotations

import pytest

from domain.confinement import Isolation
from domain.errors import InvalidArgument
from domain.image import ImageConfig
from domain.spec import (
    ContainerSpec,
    Resources,
    RestartMode,
    RestartPolicy,
    SpecChange,
    check_environment,
    merge_environment,
)

Words = tuple[str, ...]


@pytest.mark.parametrize(
    ("text", "policy"),
    [
        ("no", RestartPolicy()),
        ("always", RestartPolicy(RestartMode.ALWAYS)),
        ("unless-stopped", RestartPolicy(RestartMode.UNLESS_STOPPED)),
        ("on-failure", RestartPolicy(RestartMode.ON_FAILURE)),
        ("on-failure:3", RestartPolicy(RestartMode.ON_FAILURE, 3)),
    ],
)
def test_policies_are_read_and_written(text: str, policy: RestartPolicy) -> None:
    assert RestartPolicy.parse(text) == policy
    assert str(policy) == text


@pytest.mark.parametrize(
    "text",
    " never NO no:1 always:3 on-failure: on-failure:-1 on-failure:x on-failure:1:2 on-failure:٣".split(" "),
)
def test_other_policies_are_refused(text: str) -> None:
    with pytest.raises(InvalidArgument) as raised:
        RestartPolicy.parse(text)
    assert raised.value.value == text


@pytest.mark.parametrize(
    ("policy", "code", "restarts", "stopped", "again"),
    [
        ("no", 1, 0, False, False),
        ("always", 0, 99, False, True),
        ("always", 1, 0, True, False),
        ("unless-stopped", 0, 0, False, True),
        ("unless-stopped", 0, 0, True, False),
        ("on-failure", 0, 0, False, False),
        ("on-failure", 1, 1000, False, True),
        ("on-failure:0", 1, 1000, False, True),
        ("on-failure:2", 1, 1, False, True),
        ("on-failure:2", 1, 2, False, False),
        ("on-failure", 137, 0, True, False),
    ],
)
def test_who_is_started_again(policy: str, code: int, restarts: int, stopped: bool, again: bool) -> None:
    assert RestartPolicy.parse(policy).wants_restart(code, restarts, stopped_by_user=stopped) is again


@pytest.mark.parametrize(
    ("image_entrypoint", "image_command", "entrypoint", "command", "arguments"),
    [
        ((), ("sh",), None, (), ("sh",)),
        ((), ("sh",), None, ("ls", "-l"), ("ls", "-l")),
        (("init",), (), None, (), ("init",)),
        (("init",), ("serve",), None, (), ("init", "serve")),
        (("init",), ("serve",), None, ("work",), ("init", "work")),
        (("init",), ("serve",), ("mine",), (), ("mine",)),
        (("init",), ("serve",), ("mine",), ("work",), ("mine", "work")),
        (("init",), ("serve",), (), ("work",), ("work",)),
    ],
)
def test_entrypoint_and_command_are_joined_as_docker_does(
    image_entrypoint: Words, image_command: Words, entrypoint: Words | None, command: Words, arguments: Words
) -> None:
    spec = ContainerSpec("i", command=command, entrypoint=entrypoint)
    assert spec.process(ImageConfig(image_entrypoint, image_command)).arguments == arguments


@pytest.mark.parametrize("entrypoint", [None, ()])
def test_nothing_to_run_is_refused(entrypoint: Words | None) -> None:
    config = ImageConfig(command=() if entrypoint is None else ("sh",))
    with pytest.raises(InvalidArgument) as raised:
        ContainerSpec("busybox", entrypoint=entrypoint).process(config)
    assert (raised.value.value, raised.value.problem) == ("busybox", "no-command")


def test_the_users_words_win_over_the_images() -> None:
    config = ImageConfig(("e",), environment=("PATH=/bin", "A=1"), working_dir="/srv", user="web")
    plain = ContainerSpec("i").process(config)
    assert (plain.environment, plain.working_dir, plain.user) == (("PATH=/bin", "A=1"), "/srv", "web")
    spec = ContainerSpec("i", environment=("A=2", "B=3"), working_dir="/tmp", user="0")
    asked = spec.process(config)
    assert asked.environment == ("PATH=/bin", "A=2", "B=3")
    assert (asked.working_dir, asked.user, asked.command_line) == ("/tmp", "0", "e")
    assert ContainerSpec("i").process(ImageConfig(("e",))).working_dir == "/"


@pytest.mark.parametrize(
    ("layers", "merged"),
    [
        ((), ()),
        ((("A=1", "B=2"), ("A=3",)), ("A=3", "B=2")),
        ((("A=1",), ("A=",)), ("A=",)),
        ((("A=x=y",), ()), ("A=x=y",)),
        ((("a=1",), ("A=2",)), ("a=1", "A=2")),
        ((("A=1", "A=2"),), ("A=2",)),
        ((("A=1", "B=2"), ("A",)), ("B=2",)),
        ((("A=1",), ("A", "A=3")), ("A=3",)),
        ((("B",), ("B=1",)), ("B=1",)),
    ],
)
def test_environments_are_merged(layers: tuple[Words, ...], merged: Words) -> None:
    assert merge_environment(*layers) == merged


def test_a_variable_that_is_removed_stays_so_in_the_spec() -> None:
    spec = SpecChange(environment=("B=2",)).of_spec(ContainerSpec("i", environment=("A", "B=1")))
    assert spec.environment == ("A", "B=2")
    assert spec.process(ImageConfig(("e",), environment=("A=1",))).environment == ("B=2",)


@pytest.mark.parametrize(
    ("memory", "problem"), [(0, ""), (1, "small"), ((6 << 20) - 1, "small"), (6 << 20, "")]
)
def test_the_least_memory(memory: int, problem: str) -> None:
    spec = ContainerSpec("i", resources=Resources(memory=memory))
    if not problem:
        spec.check_lifecycle()
        return
    with pytest.raises(InvalidArgument, match="memory-too-small"):
        spec.check_lifecycle()


@pytest.mark.parametrize(
    "resources",
    [
        Resources(cpu_shares=2, cpu_period=1_000, cpu_quota=1_000, cpuset_cpus="0", cpuset_mems="0-1,3"),
        Resources(cpu_shares=262_144, cpu_period=1_000_000, cpu_quota=-1),
        Resources(memory=6 << 20, memory_swap=6 << 20),
        Resources(memory=6 << 20, memory_swap=-1),
        Resources(memory_swap=-1),
    ],
)
def test_limits_that_a_container_can_have(resources: Resources) -> None:
    ContainerSpec("i", resources=resources).check_lifecycle()


@pytest.mark.parametrize(
    ("resources", "what", "problem"),
    [
        (Resources(cpu_shares=1), "cpu shares", "out-of-range"),
        (Resources(cpu_shares=-1), "cpu shares", "out-of-range"),
        (Resources(cpu_shares=262_145), "cpu shares", "out-of-range"),
        (Resources(cpu_period=999), "cpu period", "out-of-range"),
        (Resources(cpu_period=1_000_001), "cpu period", "out-of-range"),
        (Resources(cpu_quota=999), "cpu quota", "out-of-range"),
        (Resources(cpu_quota=-2), "cpu quota", "out-of-range"),
        (Resources(cpuset_cpus="0-"), "cpuset", "cpuset-form"),
        (Resources(cpuset_mems="all"), "cpuset", "cpuset-form"),
        (Resources(memory_swap=32 << 20), "memory swap", "swap-without-memory"),
        (Resources(memory=64 << 20, memory_swap=32 << 20), "memory swap", "swap-below-memory"),
    ],
)
def test_limits_that_none_can_have(resources: Resources, what: str, problem: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        ContainerSpec("i", resources=resources).check_lifecycle()
    assert (caught.value.what, caught.value.problem) == (what, problem)


@pytest.mark.parametrize(
    ("changed", "result"),
    [
        (Resources(), Resources(cpu_shares=2, memory=8 << 20, oom_score_adj=100)),
        (Resources(memory=9 << 20), Resources(cpu_shares=2, memory=9 << 20, oom_score_adj=100)),
        (Resources(oom_score_adj=0), Resources(cpu_shares=2, memory=8 << 20, oom_score_adj=0)),
    ],
)
def test_limits_that_are_stated_replace_others(changed: Resources, result: Resources) -> None:
    """An OOM score of 0 is stated, unlike a limit of 0."""
    assert changed.with_defaults(Resources(cpu_shares=2, memory=8 << 20, oom_score_adj=100)) == result


def test_what_the_image_exposes_is_published_on_a_network_only() -> None:
    config = ImageConfig(("e",), exposed_ports=("80/tcp",))
    assert len(ContainerSpec("i", publish_all=True).published(config)) == 1
    alone = ContainerSpec("i", publish_all=True, isolation=Isolation(network="host"))
    assert alone.published(config) == ()


@pytest.mark.parametrize("entry", ["A=1", "A=", "A==", "a.b-c=x y", "A=ä\n", "A"])
def test_environment_that_can_be_set(entry: str) -> None:
    assert check_environment(entry) == entry


@pytest.mark.parametrize("entry", ["", "=1", "=", "A=\0"])
def test_environment_that_cannot(entry: str) -> None:
    with pytest.raises(InvalidArgument):
        check_environment(entry)
