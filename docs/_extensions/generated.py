"""Generate Markdown from the package when the documentation is built."""

import re
from argparse import ArgumentParser, HelpFormatter, _SubParsersAction
from collections.abc import Callable, Iterable, Iterator
from inspect import cleandoc, get_annotations, getsource
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic import AwareDatetime, BaseModel

import bandwidth_events
from bandwidth_events import __main__ as command_line
from bandwidth_events import error_codes
from bandwidth_events._docstrings import field_docstrings, own_docstring
from bandwidth_events._model import wire_names

_BILLABLE: Final = {True: "billed", False: "not billed", None: "not documented whether billed"}


# Error codes


def codes() -> str:
    """Write a glossary of the error codes. Sphinx' search finds numbers only as index entries."""
    entries = (
        f"{error.code}\n"
        f"  `{error.name}`. {error.meaning}\n\n"
        f"  Cause: `{error.cause}`. Reported by: {error.reported_by}. Retry: {error.retry}."
        f" Billing: {_BILLABLE[error.billable]}."
        for error in error_codes.CATALOGUE.values()
    )
    return _fenced("{glossary}", "\n\n".join(entries))


def causes() -> str:
    """Write a table of the causes, each with its codes."""
    remedies = dict(re.findall(r"^- ``(.+)``: (.+)$", getsource(error_codes), re.MULTILINE))
    rows = (
        (
            f"`{cause}`",
            f"{remedies[cause][:1].upper()}{remedies[cause][1:]}",
            ", ".join(
                f"{{term}}`{error.code}`"
                for error in error_codes.CATALOGUE.values()
                if error.cause == cause
            ),
        )
        for cause in get_args(error_codes.Cause)
    )
    return _table(("cause", "remedy", "codes"), rows)


# Events


def model(name: str) -> str:
    """Write the docstring of a model, and a table of the fields that its base class lacks."""
    documented: type[BaseModel] = getattr(bandwidth_events, name)
    inherited = documented.__mro__[1].model_fields
    keys = {attribute: key for key, attribute in wire_names(documented).items()}
    rows = [
        (
            f"`{keys[attribute]}`",
            f"`{attribute}: {type_text(hint)}`",
            "always" if documented.model_fields[attribute].is_required() else "optional",
            field_docstrings(documented)[attribute],
        )
        for attribute, hint in get_annotations(documented).items()
        if attribute in keys and attribute not in inherited
    ]
    link = f"{{py:class}}`~bandwidth_events.{name}`"
    summary = own_docstring(documented).partition("\n\n")[0].replace("``", "`")
    table = _table(("on the wire", "in Python", "present", "meaning"), rows) if rows else ""
    types = get_args(get_annotations(documented).get("type"))
    index = "\n\n".join(_fenced("{index}", "", f"! single: {type_}") for type_ in types)
    return f"{index}\n\n{link}: {' '.join(summary.split())}\n\n{table}"


def type_text(hint: Any) -> str:
    """Write a type as a reader of the documentation would."""
    arguments = get_args(hint)
    match get_origin(hint):
        case None:
            short = {NoneType: "None", AwareDatetime: "datetime", ...: "..."}
            return short.get(hint) or hint.__name__
        case origin if origin is Annotated:
            return type_text(arguments[0])
        case origin if origin in {Union, UnionType}:
            return " | ".join(map(type_text, arguments))
        case origin if origin is Literal:
            return f"Literal[{', '.join(map(repr, arguments))}]"
        case origin:
            return f"{origin.__name__}[{', '.join(map(type_text, arguments))}]"


# The command line


def command(name: str) -> str:
    """Write the usage of a command, and an entry for each of its arguments."""
    parser = _parsers()[name]
    usage = HelpFormatter(parser.prog, width=76)
    usage.add_usage(None, parser._actions, parser._mutually_exclusive_groups, prefix="")
    parts = [parser.description or "", _fenced("text", usage.format_help().strip())]
    parts += [parser.epilog] if parser.epilog else []
    parts += [_fenced("{program}", "", parser.prog)]
    for action in parser._actions:
        metavar = "" if action.nargs == 0 else f" {action.metavar or ''}".rstrip()
        if action.option_strings:
            signature = ", ".join(f"{option}{metavar}" for option in action.option_strings)
        else:
            signature = str(action.metavar)
        text = (action.help or "").replace("%%", "%")
        if action.choices and action.metavar is None:
            signature += f" {{{','.join(map(str, action.choices))}}}"
        parts.append(_fenced("{option}", f"{text[:1].upper()}{text[1:]}.", signature))
    return "\n\n".join(parts)


def commands() -> str:
    """Write a table of the commands."""
    rows = ((f"[`{name}`](#{name})", parser.description) for name, parser in _parsers().items())
    return _table(("command", "purpose"), rows)


def exit_codes() -> str:
    """Write a table of the exit codes, from the docstring of the function that returns them."""
    text = " ".join(cleandoc(command_line.main.__doc__ or "").split())
    returns = text.partition("Returns: ")[2].partition(" Raises: ")[0]
    rows = ((f"`{code}`", meaning) for code, meaning in re.findall(r"(\d+): ([^.]+)\.", returns))
    return _table(("exit code", "meaning"), rows)


def _parsers() -> dict[str, ArgumentParser]:
    (subparsers,) = (
        action
        for action in command_line._make_parser()._actions
        if isinstance(action, _SubParsersAction)
    )
    return dict(subparsers.choices)


# The project


def targets() -> str:
    """Write a table of the targets of the Makefile, from their comments."""
    makefile = (Path(__file__).parents[2] / "Makefile").read_text()
    rows = re.findall(r"^([\w-]+):.*## (.+)$", makefile, re.MULTILINE)
    return _table(("target", "purpose"), ((f"`make {name}`", text) for name, text in rows))


# Markdown


def _table(head: Iterable[str], rows: Iterable[Iterable[str | None]]) -> str:
    def lines() -> Iterator[str]:
        columns = tuple(head)
        yield _row(columns)
        yield _row("---" for _ in columns)
        yield from map(_row, rows)

    return "\n".join(lines())


def _row(cells: Iterable[str | None]) -> str:
    escaped = ((cell or "").replace("|", r"\|") for cell in cells)
    return f"| {' | '.join(escaped)} |"


def _fenced(kind: str, text: str, argument: str = "") -> str:
    return f"```{kind} {argument}\n{text}\n```"


GENERATORS: Final[dict[str, Callable[..., str]]] = {
    "causes": causes,
    "codes": codes,
    "command": command,
    "commands": commands,
    "exit-codes": exit_codes,
    "model": model,
    "targets": targets,
}
"""The generators of the directive ``generated``, by its first argument."""
