"""Make Hypothesis print events in full, as code. Their `repr` masks private values, for logs."""

from hypothesis.vendor.pretty import RepresentationPrinter, for_type_by_name

from bandwidth_events._model import Model, is_set, unknown_keys


def _print_model(model: Model, printer: RepresentationPrinter, cycle: bool) -> None:  # noqa: FBT001  # as Hypothesis calls it
    """Print a call that constructs an equal model."""
    del cycle  # models contain no cycles
    fields = {name: getattr(model, name) for name in type(model).model_fields}
    present = [(f"{name}=", value) for name, value in fields.items() if is_set(model, name)]
    if unknown_keys(model):
        present.append(("**", unknown_keys(model)))
    with printer.group(4, f"{type(model).__name__}(", ")"):
        for number, (name, value) in enumerate(present):
            if number:
                printer.text(",")
                printer.breakable()
            printer.text(name)
            printer.pretty(value)


def register_printer() -> None:
    """Register the printer for the models of this library."""
    for_type_by_name(Model.__module__, Model.__name__, _print_model)
