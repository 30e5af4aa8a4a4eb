"""An engine behind an OpenAI-compatible HTTP server.

Starlette and uvicorn, because MLflow brings both anyway, they are typed, and they stream and notice a client that
leaves; tornado (Jupyter's) is what the room of jobs, which starts this server, must not know.
"""
