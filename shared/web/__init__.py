"""The web edge that every service shares: problems, limits, probes, metrics, trace context."""

from shared.web.app import make_app
from shared.web.problems import FieldError, Problem, problem_responses
from shared.web.text import CleanText, RequestBody

__all__ = ["CleanText", "FieldError", "Problem", "RequestBody", "make_app", "problem_responses"]
