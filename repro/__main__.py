"""`python -m repro` is the command `repro`."""

from repro.cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())
