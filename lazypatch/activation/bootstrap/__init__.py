"""A folder to put on ``PYTHONPATH``: its ``sitecustomize`` switches lazypatch on and runs the next one.

The entry of ``PYTHONPATH`` is this package's folder. It serves where ``lazypatch.pth`` is not in force: lazypatch lies
in a folder of its own, in a zip file or a checkout.
"""
