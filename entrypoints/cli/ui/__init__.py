"""What is shown and how: tables, templates, docker's JSON, progress, the terminal."""
