"""What is made of what, floor upon floor: adapters, lifecycle, use_cases, services; the last one is the whole.

No logic belongs here: values come in with `config`, and two of them pick adapters.
"""

from entrypoints.daemon.wiring.services import Daemon

__all__ = ["Daemon"]
