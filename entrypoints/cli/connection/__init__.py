"""The way to the daemon: the client, attached sessions, output beside the answer, credentials."""
