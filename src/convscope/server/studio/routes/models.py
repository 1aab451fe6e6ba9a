"""Routes of models: the list of what can be looked at, and the folder that the page reads."""

from fastapi import APIRouter

router = APIRouter(tags=["models"])
