"""Routes of the view: training."""

from fastapi import APIRouter

router = APIRouter(tags=["training"])
