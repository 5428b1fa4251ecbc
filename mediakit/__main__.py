"""`python -m mediakit` is the command `mediakit`."""

from mediakit.cli import main

if __name__ == "__main__":
    main()
