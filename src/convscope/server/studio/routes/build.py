"""Routes of the view: build."""

from fastapi import APIRouter

router = APIRouter(tags=["build"])
