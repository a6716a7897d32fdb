"""What every listing shares: `--format`, `--filter`, `-q`, and how rows are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any

from cyclopts import Parameter

from domain.errors import InvalidArgument
from entrypoints.cli.ui.output import print_result
from entrypoints.cli.ui.table import table

Row = dict[str, Any]
Format = Annotated[str, Parameter(help="Output format: table, json, yaml, TEMPLATE or 'table TEMPLATE'")]
OneFormat = Annotated[str, Parameter(name=["--format", "-f"], help="Output format: json, yaml or TEMPLATE")]
Filters = Annotated[tuple[str, ...], Parameter(name=["--filter", "-f"], help="Filter the output, KEY=VALUE")]


def parse_filters(texts: tuple[str, ...]) -> list[tuple[str, str]]:
    """`key=value` flags; raises InvalidArgument."""
    pairs = []
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise InvalidArgument("filter", text, "filter-form")
        pairs.append((key.lower(), value))
    return pairs


def with_moments(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The filters with `until` as a time: a duration is counted back from now. Raises InvalidArgument."""
    return [(key, _moment(value) if key == "until" else value) for key, value in pairs]


def _moment(text: str) -> str:
    from entrypoints.cli.options.moments import moment

    time = moment("filter", text)
    return time.ToJsonString() if time is not None else text


def check(format_: str) -> None:
    """Raise UsageError for a format that cannot be read, before anything is asked of the daemon."""
    if format_ not in {"", "table", "json", "yaml"}:
        _compiled(format_.removeprefix("table "))


def show(rows: Iterable[Row], columns: Sequence[tuple[str, str]], format_: str) -> None:
    """Print rows as asked for; `columns` are headings and the keys below them."""
    listed = list(rows)
    if format_ in {"", "table"}:
        headings = [heading for heading, _ in columns]
        print_result(table(headings, [[row[key] for _, key in columns] for row in listed]))
    elif format_ == "json":
        import json

        for row in listed:
            print_result(json.dumps(row, ensure_ascii=False))
    elif format_ == "yaml":
        print_result(as_yaml(listed).rstrip("\n"))
    elif format_.startswith("table "):
        _show_table(listed, columns, format_.removeprefix("table "))
    else:
        template = _compiled(format_)
        for row in listed:
            print_result(template(row))


def show_one(shape: Row, format_: str) -> None:
    """Print one shape as json, yaml, or through a template."""
    if format_ == "yaml":
        print_result(as_yaml(shape).rstrip("\n"))
    elif format_ == "json":
        import json

        print_result(json.dumps(shape, ensure_ascii=False))
    else:
        print_result(_compiled(format_)(shape))


def _show_table(rows: list[Row], columns: Sequence[tuple[str, str]], format_: str) -> None:
    from entrypoints.cli.ui.open_map import Heading, Headings

    template = _compiled(format_)
    headings = Headings((key, Heading(heading)) for heading, key in columns)
    lines = [template(row).split("\t") for row in (headings, *rows)]
    width = max(map(len, lines))
    padded = [line + [""] * (width - len(line)) for line in lines]
    print_result(table(padded[0], padded[1:]))


def _compiled(template: str) -> Callable[[Row], str]:
    from entrypoints.cli.ui.templates import compiled

    return compiled(template)


def as_yaml(value: Any) -> str:
    """YAML, keys in the order of the data."""
    import yaml

    class Dumper(yaml.SafeDumper):
        """Writes each kind of map as a map."""

    Dumper.add_multi_representer(dict, Dumper.represent_dict)
    text: str = yaml.dump(value, Dumper=Dumper, sort_keys=False, allow_unicode=True)
    return text
