"""The survey of an M1: an experiment for each uncertain fact, and the proof of no change."""

from m1tui.engine.survey.bench import still_owed
from m1tui.engine.survey.person import Asked, Look, RehearsedSurveyor, Surveyor
from m1tui.engine.survey.run import Surveying, survey
from m1tui.surveys import CLASSES, Class, Finding, State, Survey

__all__ = [
    "CLASSES",
    "Asked",
    "Class",
    "Finding",
    "Look",
    "RehearsedSurveyor",
    "State",
    "Survey",
    "Surveying",
    "Surveyor",
    "still_owed",
    "survey",
]
