"""Lets ``python -m ropa`` do what the command ``ropa`` does."""

from ropa.cli import main

if __name__ == "__main__":
    main()
