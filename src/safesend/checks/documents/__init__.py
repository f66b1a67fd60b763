"""What stands inside files: one format a module, all of them pure."""
