"""What can go wrong between the journal and MLflow. Messages never carry credentials."""

from __future__ import annotations

from bench.problems import UserError


class TrackingError(UserError):
    """MLflow could not be reached or refused; the journal still has everything."""


class StudyNotFoundError(TrackingError):
    """MLflow has no record of the study."""
