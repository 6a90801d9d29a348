"""`audiogan recipe`: look at recipes without training."""

from __future__ import annotations

import argparse

ABOUT = "Looks at recipes without training: a recipe is one experiment, a commented YAML file."

EXAMPLES = """examples:
  audiogan recipe list
  audiogan recipe check my_recipe.yaml
  audiogan recipe show segan_mini training.steps=100
  audiogan recipe schema > recipe.schema.json"""

ACTIONS = {
    "show": "print the recipe with every default filled in",
    "check": "say whether a recipe is right, and all that is wrong if not",
    "schema": "print the JSON Schema of recipes, for editors",
    "list": "list the shipped recipes",
}


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the verb's arguments."""
    parser = subparsers.add_parser(
        "recipe",
        help="show or check a recipe, or print the schema of all recipes",
        description=ABOUT,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for action, about in ACTIONS.items():
        example = next(line for line in EXAMPLES.splitlines() if line.startswith(f"  audiogan recipe {action}"))
        one = actions.add_parser(
            action,
            help=about,
            description=f"{about[0].upper()}{about[1:]}.",
            epilog=f"examples:\n{example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if action in ("schema", "list"):
            continue
        one.add_argument("recipe", help="a YAML file, or the name of a shipped recipe")
        one.add_argument("overrides", nargs="*", metavar="key.path=value", help="what to change in the recipe")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print what was asked for."""
    from audiogan.recipe import reading

    if arguments.action == "schema":
        print(reading.schema())
        return 0
    if arguments.action == "list":
        for name, about in reading.shipped().items():
            print(f"{name:24} {about}")
        return 0
    path = reading.find_recipe(arguments.recipe)
    recipe = reading.read_recipe(path, arguments.overrides)
    if arguments.action == "show":
        print(reading.as_yaml(recipe), end="")
    else:
        print(f"{path}: the recipe {recipe.name} is right.")
    return 0
