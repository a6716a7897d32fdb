"""This machine: log files, ports, folders of volumes, processes and cgroups, name servers, gates."""
