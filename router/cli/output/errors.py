"""Errors in words: what was being done and what to do next, in a line each."""

from __future__ import annotations

from tomllib import TOMLDecodeError

from pydantic import ValidationError
from pydantic_settings import SettingsError

from router.errors import LeadRouterError, UsageError

_EXIT_USAGE = UsageError.exit_code


def explain(error: Exception) -> tuple[list[str], int] | None:
    """The lines to print for ``error`` and the exit code; ``None`` if it is a defect of ours."""
    match error:
        case LeadRouterError():
            return [str(error)], error.exit_code
        case ValidationError() if error.title == "Settings":
            return settings_problems(error), _EXIT_USAGE
        case SettingsError():
            return [f'settings: {error}; lists are written as JSON, such as ["a", "b"]'], (
                _EXIT_USAGE
            )
        case TOMLDecodeError():
            return [f"LEAD_ROUTER_CONFIG: the file is not TOML: {error}"], _EXIT_USAGE
        case _:
            return None


def settings_problems(error: ValidationError) -> list[str]:
    """One line for each wrong setting, by the name of its environment variable."""
    return [
        f"{variable_name(problem['loc'])}: {problem['msg'].removeprefix('Value error, ')}"
        for problem in error.errors(include_input=False, include_url=False)
    ]


def variable_name(location: tuple[int | str, ...]) -> str:
    """The environment variable of the setting at ``location`` in the settings model."""
    names = [str(part).upper() for part in location if not isinstance(part, int)]
    return "LEAD_ROUTER_" + "__".join(names) if names else "settings"
