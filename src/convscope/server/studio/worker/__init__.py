"""The worker: one warm child process for short computations, with torch and open models.

    return await studio.worker.answer("models.web", {"path": ...}, request)

A new task: a function `(args, progress) -> JSON-able` in a module `*_tasks.py` of the route's
part, and a line in `tasks.py`. `progress(done, total, text)` raises `Cancelled` once nobody waits
for the result; call it in loops. Models come from `models.py`, which keeps the last ones open.
"""
