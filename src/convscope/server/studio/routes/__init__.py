"""Routes, one file per noun, each with one `router`.

    @router.get("/api/zoo/{name}", operation_id="zoo_network")
    def network(name: Id, studio: Here) -> Network: ...

- Paths begin with `/api/`; a function has a docstring, which the documentation (OpenAPI) shows.
- Answers are `Record`s by annotation; bodies are `Annotated[Kind, posted(Kind)]`; ids are `Id`.
- Errors are raised: any `ConvscopeError` (422), or `refusal(404, ...)`.
- Functions that wait for the worker are `async`; those that read files are not, and run in a
  thread.
- Long work: `@router.post(..., status_code=202)` that returns `studio.jobs.start(...)`.
- Nothing here imports torch, at import or in a call: that is what jobs and the worker are for.
"""
