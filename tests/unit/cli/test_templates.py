"""Go templates, as far as we read them."""

from __future__ import annotations

import pytest

from entrypoints.cli.ui.templates import render
from entrypoints.cli.usage import UsageError

DATA = {
    "Name": "web",
    "State": {"Status": "running", "ExitCode": 0, "Ok": True},
    "Env": ["A=1", "B=2"],
    "Labels": {"b": "2", "a.x": "1"},
    "Empty": [],
}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{.Name}}", "web"),
        ("{{ .State.Status }}:{{.State.ExitCode}} {{.State.Ok}}", "running:0 true"),
        ("{{.Absent.Deep}}", "<no value>"),
        ("{{json .Env}}", '["A=1","B=2"]'),
        ("{{.Env}} {{.Labels}}", "[A=1 B=2] map[a.x:1 b:2]"),
        ("{{range .Env}}<{{.}}>{{end}}", "<A=1><B=2>"),
        ("{{range .Empty}}x{{else}}none{{end}}", "none"),
        ("{{range .Labels}}{{.}},{{end}}", "1,2,"),
        ("{{if .Empty}}a{{else if .Name}}b{{else}}c{{end}}", "b"),
        ('{{if eq .Name "web"}}yes{{end}}', "yes"),
        ("{{if and .Name (not .Empty)}}yes{{else}}no{{end}}", "yes"),
        ('{{index .Labels "a.x"}}{{index .Env 1}}', "1B=2"),
        ('{{join .Env " "}}|{{.Name | upper | printf "%-5s."}}', "A=1 B=2|WEB  ."),
        ('{{printf "%q %d%%" .Name 3}}{{println .Name}}', '"web" 3%web\n'),
        ('{{range split "a/b" "/"}}{{.}}{{end}}{{len .Env}}', "ab2"),
        ("a  {{- .Name -}}  b", "awebb"),
        (r"{{.Name}}\t{{lower `X`}}", "web\tx"),
        ("{{with .State}}{{.Status}}{{end}}{{/* nothing */}}", "running"),
        ("{{(index .Env 0) | title}}", "A=1"),
        ('{{.Labels "b"}}', "2"),
    ],
)
def test_what_comes_out(template: str, text: str) -> None:
    assert render(template, DATA) == text


@pytest.mark.parametrize(
    "template",
    [
        "{{",
        "{{.Name",
        "{{if .Name}}",
        "{{end}}",
        "{{fly .Name}}",
        "{{}}",
        '{{index .Env "x"}}',
        "{{(.Name}}",
        "{{.Name | }}",
        "{{range .Name}}{{end}}",
        "{{$x}}",
    ],
)
def test_what_is_no_template(template: str) -> None:
    with pytest.raises(UsageError):
        render(template, DATA)
