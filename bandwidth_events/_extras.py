"""The extras of the package, and their absence."""

from importlib import import_module


def require(package: str, extra: str) -> None:
    """Import a package that an extra brings, or say which extra that is.

    Raises:
        ModuleNotFoundError: The package is missing, or, with Python's own message,
            something that it needs itself.
    """
    try:
        import_module(package)
    except ModuleNotFoundError as error:
        if error.name != package:
            raise  # the extra is there, but broken
        text = f"{package} is missing: {install(extra)}"
        raise ModuleNotFoundError(text, name=package) from None


def install(extra: str) -> str:
    """Return the command that installs an extra."""
    return f'pip install "bandwidth-events[{extra}]"'
