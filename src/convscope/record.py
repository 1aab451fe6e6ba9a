"""Base of every record that is read from or written to JSON."""

import pydantic


class Record(pydantic.BaseModel):
    """Frozen, strict and complete: no unknown fields, no coercion, no NaN or infinity."""

    model_config = pydantic.ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False
    )
