"""Routes of the view: zoo."""

from fastapi import APIRouter

router = APIRouter(tags=["zoo"])
