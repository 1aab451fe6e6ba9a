"""Telemetry of FastAPI, which stays off."""

from typing import Any

TELEMETRY_OFF: Any = {"tracing": False, "metrics": False, "logs": False}
"""FastAPI's OpenTelemetry: nothing is recorded, and nothing leaves the machine."""
