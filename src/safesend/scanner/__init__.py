"""Files are read in a process of their own, and messages of any program inspected."""
