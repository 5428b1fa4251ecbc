"""`mediakit serve`: the tasks as a page in the browser and as an HTTP API.

It knows no task. A task says in its `service.py` what it takes, which options it has and what there is to see of a result; the
routes, the OpenAPI document and the page are made from that. Needs the extra `serve`: Starlette, uvicorn and python-multipart.
"""
