"""`python -m safesend.fleet`: one of the processes of a run; see `helping`."""

from safesend.fleet.helping import main

if __name__ == "__main__":
    main()
