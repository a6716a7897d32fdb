"""The programs that the daemon embeds: their folders, configuration, supervision, and taking all away."""
