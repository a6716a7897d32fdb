"""The `k3c` command: its verbs, each in a module that is loaded only when it is called."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Annotated, Any

from cyclopts import App, CycloptsError, Parameter

from domain.errors import K3cError
from entrypoints.cli.arguments import end_options_at_first_positional, options_with_values
from entrypoints.cli.context import DEFAULT_ADDRESS, Globals, current
from entrypoints.cli.messages import FAILED, RUN_FAILED, USAGE, sentence

_ENVIRONMENT_ADDRESS = "K3C_ADDRESS"
_PLAIN = Parameter(negative="", negative_iterable="", negative_none="", show_default=False)
_EPILOGUE = """Before the command: --address/-H unix:///path for another daemon ($K3C_ADDRESS), --debug to see
where an error came from. `k3c help COMMAND` tells about a command."""
_RUNNERS = ("run", "create", "exec", "attach")
_WITH_COMMAND = ("run", "create", "exec", "top")
_WITH_HOSTNAME = ("run", "create")
_VERBS = {
    "run": "entrypoints.cli.container.run:run",
    "create": "entrypoints.cli.container.create:create",
    "attach": "entrypoints.cli.container.attach:attach",
    "exec": "entrypoints.cli.container.exec:exec_",
    "start": "entrypoints.cli.container.start:start",
    "stop": "entrypoints.cli.container.stop:stop",
    "restart": "entrypoints.cli.container.restart:restart",
    "wait": "entrypoints.cli.container.wait:wait",
    "pause": "entrypoints.cli.container.pause:pause",
    "unpause": "entrypoints.cli.container.pause:unpause",
    "rename": "entrypoints.cli.container.rename:rename",
    "update": "entrypoints.cli.container.update:update",
    "kill": "entrypoints.cli.container.kill:kill",
    "rm": "entrypoints.cli.container.rm:rm",
    "ps": "entrypoints.cli.container.ps:ps",
    "events": "entrypoints.cli.system.events:events",
    "inspect": "entrypoints.cli.container.inspect:inspect",
    "port": "entrypoints.cli.container.port:port",
    "top": "entrypoints.cli.container.top:top",
    "diff": "entrypoints.cli.container.diff:diff",
    "stats": "entrypoints.cli.container.stats:stats",
    "cp": "entrypoints.cli.container.cp:cp",
    "logs": "entrypoints.cli.container.logs:logs",
    "build": "entrypoints.cli.build.build:build",
    "images": "entrypoints.cli.image.images:images",
    "pull": "entrypoints.cli.image.pull:pull",
    "push": "entrypoints.cli.image.push:push",
    "tag": "entrypoints.cli.image.tag:tag",
    "rmi": "entrypoints.cli.image.rmi:rmi",
    "version": "entrypoints.cli.system.version:version",
    "info": "entrypoints.cli.system.info:info",
    "daemon": "entrypoints.cli.system.daemon:daemon",
}
_VOLUME_VERBS = {
    "create": "entrypoints.cli.volume.create:create",
    "ls": "entrypoints.cli.volume.ls:ls",
    "rm": "entrypoints.cli.volume.rm:rm",
    "inspect": "entrypoints.cli.volume.inspect:inspect",
    "prune": "entrypoints.cli.volume.prune:prune",
    "rename": "entrypoints.cli.volume.rename:rename",
    "clone": "entrypoints.cli.volume.clone:clone",
    "export": "entrypoints.cli.volume.export:export",
    "import": "entrypoints.cli.volume.import_:import_",
}


def _version() -> str:
    from entrypoints.version import VERSION

    return f"k3c version {VERSION}"


def build_app() -> App:
    """The tree of commands."""
    app = App(
        name="k3c",
        help="The classic docker verbs on containerd and BuildKit, for people who develop for Kubernetes.",
        version=_version,
        version_flags=["--version", "-v"],
        help_format="plaintext",
        default_parameter=_PLAIN,
        help_epilogue=_EPILOGUE,
    )
    for name, target in _VERBS.items():
        # As docker: -h is the hostname where there is one.
        own = {"help_flags": ["--help"]} if name in _WITH_HOSTNAME else {}
        app.command(target, name=name, **own)
    volume = App(name="volume", alias=["volumes", "v"], help="Manage volumes.")
    for name, target in _VOLUME_VERBS.items():
        volume.command(target, name=name)
    app.command(volume)

    app.command(_help(app), name="help")
    return app


def _help(app: App) -> Callable[..., int]:
    def help_(*command: str) -> int:
        """Show the help of k3c, or of a command."""
        show_help(app, list(command))
        return 0

    return help_


def show_help(app: App, command: list[str]) -> None:
    """Print help; that of the whole wants every verb's first line, so every module is loaded."""
    if not command:
        for verb in _VERBS:
            app[verb]
    app.help_print(command)


def read_globals(
    *,
    address: Annotated[str, Parameter(name=["--address", "-H"])] = "",
    debug: Annotated[bool, Parameter(name="--debug")] = False,
) -> Globals:
    """Options that stand before the verb."""
    chosen = address or os.environ.get(_ENVIRONMENT_ADDRESS) or DEFAULT_ADDRESS
    return Globals(address=chosen, debug=debug)


def split_globals(tokens: list[str]) -> tuple[list[str], list[str]]:
    """Split a command line into what stands before the verb, and the verb with all behind it."""
    position = 0
    while position < len(tokens) and tokens[position].startswith("-"):
        position += 2 if tokens[position] in {"-H", "--address"} else 1
    return tokens[:position], tokens[position:]


def dispatch(tokens: list[str]) -> int:
    """Parse and run one command line; returns its exit code."""
    app = build_app()
    before, rest = split_globals(tokens)
    verb = rest[0] if rest else ""
    try:
        if set(before) & {"-h", "--help"} or not tokens:
            show_help(app, [])
            return 0
        if set(before) & {"-v", "--version"}:
            print(_version())  # noqa: T201 - the answer
            return 0
        current.set(_call(App(default_command=read_globals, default_parameter=_PLAIN), before))
        if verb in _WITH_COMMAND:
            rest = [verb, *end_options_at_first_positional(options_with_values(app[verb]), rest[1:])]
        if not rest:
            show_help(app, [])
            return USAGE
        return _call(app, rest) or 0
    except CycloptsError as error:
        _explain(error, verb)
        return RUN_FAILED if verb in _RUNNERS else USAGE
    except K3cError as error:
        sys.stderr.write(f"k3c: {sentence(error)}\n")
        return RUN_FAILED if verb in _RUNNERS else FAILED


def _call(app: App, tokens: list[str]) -> Any:
    return app(tokens, exit_on_error=False, print_error=False, result_action="return_value")


def _explain(error: CycloptsError, verb: str) -> None:
    from entrypoints.cli.parse_errors import parse_error

    text = sentence(parse_error(error))
    sys.stderr.write(f"k3c: {text} (see `k3c help{f' {verb}' if verb in _VERBS else ''}`)\n")


def main() -> None:
    """The console script."""
    try:
        code = dispatch(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        code = 128 + 13
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)
