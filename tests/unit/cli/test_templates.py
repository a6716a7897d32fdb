"""Go templates, beside what Go itself makes of them: go_templates/table.json is written by `make templates`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from entrypoints.cli.messages import command_code, sentence
from entrypoints.cli.ui.listing import as_yaml, check, show
from entrypoints.cli.ui.open_map import KeyedMethod, OpenMap, Sparse
from entrypoints.cli.ui.templates import render
from entrypoints.cli.usage import UsageError

FOLDER = Path(__file__).parent / "go_templates"
GO_DATA = json.loads((FOLDER / "data.json").read_text())
TABLE = json.loads((FOLDER / "table.json").read_text())
DATA = {
    "Name": "web",
    "State": Sparse({"Status": "running", "ExitCode": 0, "Ok": True}, {"Health": None}),
    "Env": ["A=1", "B=2"],
    "Labels": OpenMap({"b": "2", "a.x": "1"}),
    "Label": KeyedMethod({"b": "2"}),
    "Empty": [],
}
COLUMNS = (("CONTAINER ID", "ID"), ("NAMES", "Names"))
ROW = {"ID": "0123", "Names": "web", "CreatedAt": "today", "Label": KeyedMethod({"a": "1"})}


def opened(value: Any) -> Any:
    """The data with maps that may lack any key."""
    if isinstance(value, dict):
        return OpenMap((key, opened(part)) for key, part in value.items())
    return [opened(part) for part in value] if isinstance(value, list) else value


@pytest.mark.parametrize("row", TABLE, ids=[row["template"] for row in TABLE])
def test_what_go_makes_of_it(row: dict[str, Any]) -> None:
    data = opened(GO_DATA) if row.get("open") else GO_DATA
    if row.get("error"):
        with pytest.raises(UsageError):
            render(row["template"], data)
    else:
        assert render(row["template"], data) == row["text"]


def test_the_table_is_that_of_the_lines() -> None:
    lines = (FOLDER / "templates.txt").read_text().splitlines()
    assert len(TABLE) == len([line for line in lines if line and not line.startswith("#")])
    assert sum(bool(row.get("error")) for row in TABLE) > 100


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{.Name}}", "web"),
        ("{{json .Env}}", '["A=1","B=2"]'),
        ("{{.Env}} {{.Labels}}", "[A=1 B=2] map[a.x:1 b:2]"),
        (r"{{.Name}}\t{{lower `X`}}", "web\tx"),
        (r"{{.Name}}\n", "web\n"),
        (r'{{"\n"}}{{join .Env "\n"}}{{`\n`}}', "\nA=1\nB=2\\n"),
        ("{{(index .Env 0) | title}}", "A=1"),
        ("{{.Labels.none}} {{.Labels.b}}", "<no value> 2"),
        (
            "{{json .Labels}} {{json .State}}",
            '{"a.x":"1","b":"2"} {"Status":"running","ExitCode":0,"Ok":true}',
        ),
        ('{{.Label "b"}}{{.Label "none"}}{{index .Label "b"}}{{"b" | .Label}}', "222"),
        ("{{if .State.Health}}{{.State.Health.Status}}{{else}}{{.State.Health}}{{end}}", "<no value>"),
        ('{{slice "é" 0 1}}', "\ufffd"),
    ],
)
def test_what_comes_out(template: str, text: str) -> None:
    assert render(template, DATA) == text


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("{{.Foo}}", "template: no such field: .Foo"),
        ("{{.State.Health.Status}}", "template: nil has no field: .Status"),
        ("{{.Name.Foo}}", "template: no such field: .Foo of a value of type string"),
        ("{{.Label 1}}", "template: .Label does not take a value of type int"),
        ('{{.Label "a" "b"}}', "template: wrong number of arguments for .Label: 2"),
        ('{{.Name "a"}}', "template: .Name takes no arguments"),
        ("{{.Name", "invalid template '{{.Name': an action lacks its }}"),
        ("{{if .Name}}", "invalid template '{{if .Name}}': a block lacks its {{end}}"),
        ("{{define `a`}}{{template `a`}}{{end}}{{template `a`}}", "it is nested too deeply"),
        ("{{" + "(" * 5000 + "1" + ")" * 5000 + "}}", "it is nested too deeply"),
        ("{{if 1}}" * 5000 + "{{end}}" * 5000, "it is nested too deeply"),
        ("{{range 1000000000}}{{end}}", "takes too many steps"),
        ('{{pad "x" 1000000000 0}}', "template: pad: index out of range: 1000000000"),
    ],
)
def test_what_is_told(template: str, told: str) -> None:
    with pytest.raises(UsageError) as raised:
        render(template, DATA)
    assert told in sentence(raised.value)
    assert command_code(raised.value) == 1


def test_a_template_is_read_before_it_is_filled() -> None:
    for format_ in ("{{.Name", "table {{fly .Name}}"):
        with pytest.raises(UsageError):
            check(format_)
    check("{{.None}}")


@pytest.mark.parametrize(
    ("format_", "rows", "shown"),
    [
        (r'table {{.ID}}\t{{.Label "com.example.my-role"}}', [], "CONTAINER ID   my role\n"),
        (r'table {{.ID}}\t{{.Label "a"}}|', [ROW], "CONTAINER ID   a|\n0123           1|\n"),
        (r"table {{lower .Names}}\t{{json .CreatedAt}}", [ROW], 'NAMES   CREATED AT\nweb     "today"\n'),
        (r'{{.ID}} {{.Label "none"}}.', [ROW], "0123 .\n"),
    ],
)
def test_what_is_listed(
    format_: str, rows: list[dict[str, Any]], shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    show(rows, COLUMNS, format_)
    assert capsys.readouterr().out == shown


def test_a_row_without_the_field_is_not_listed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageError):
        show([ROW], COLUMNS, "table {{.Foo}}")
    assert not capsys.readouterr().out


def test_yaml_of_each_kind_of_map() -> None:
    assert yaml.safe_load(as_yaml([DATA])) == [DATA]
