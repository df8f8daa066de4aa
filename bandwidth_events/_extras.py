"""The package's extras, and the error for a missing one."""

from importlib import import_module


def require(package: str, extra: str) -> None:
    """Import a package that an extra installs.

    Raises:
        ModuleNotFoundError: The package is missing; the message names the extra. Or a
            dependency of the package is missing; the message is Python's own.
    """
    try:
        import_module(package)
    except ModuleNotFoundError as error:
        if error.name != package:
            raise  # the extra is installed, but broken
        text = f"{package} is missing: {install(extra)}"
        raise ModuleNotFoundError(text, name=package) from None


def install(extra: str) -> str:
    """Return the command that installs an extra."""
    return f'pip install "bandwidth-events[{extra}]"'
