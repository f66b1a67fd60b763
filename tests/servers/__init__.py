"""Real servers from Debian packages, started on free loopback ports."""
