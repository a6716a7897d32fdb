"""Go's text/template, as https://pkg.go.dev/text/template describes it, with docker's functions: for `--format`.

Text becomes tokens (lexing), tokens become nodes (parsing, pipelines), nodes and data become text (evaluation).
"""

from entrypoints.cli.ui.templates.evaluation import compiled as compiled
from entrypoints.cli.ui.templates.evaluation import render as render
