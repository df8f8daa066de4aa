"""The command line: ``python -m bandwidth_events``."""

import argparse
import os
import sys

from ._commands import COMMANDS, CommandError


def main(arguments: list[str] | None = None) -> int:
    """Run one command and give its exit status.

    Args:
        arguments: The words of the command line; this process's by default.

    Returns:
        0: all is well. 1: something is malformed, was lost or failed. 2: a file
        cannot be read or written, an endpoint cannot be reached, or an extra is
        missing. 130: interrupted from the keyboard.

    Raises:
        SystemExit: With 2, for wrong use; with 0, for ``--help``.
    """
    parser = argparse.ArgumentParser(
        prog="python -m bandwidth_events",
        description="Work with the callbacks of Bandwidth's messaging API.",
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in COMMANDS:
        its = commands.add_parser(command.name, help=command.help, description=command.description)
        command.configure(its)
        its.set_defaults(command=command)
    options = parser.parse_args(arguments)
    try:
        status: int = options.command.run(options)
        sys.stdout.flush()
    except ModuleNotFoundError:
        name = options.command.name
        print(f'{name} needs an extra: pip install "bandwidth-events[cli]"', file=sys.stderr)
        return 2
    except CommandError as error:
        print(f"{parser.prog} {options.command.name}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130  # as shells say it
    except OSError as failure:
        # Python would complain once more when it flushes the output at its exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(failure, BrokenPipeError):
            return 0  # whoever reads (`| head`) has seen enough
        print(f"{parser.prog}: {failure.strerror}", file=sys.stderr)
        return 2
    return status


if __name__ == "__main__":
    sys.exit(main())
