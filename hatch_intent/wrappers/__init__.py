"""Wrappers: modules of one language that call the modules of another, in their own process.

`js` wraps the Python modules for JavaScript, `py` the JavaScript modules for Python. Wrapper files
follow from the lock and the specs; each says in its head what it follows from and seals the rest.
"""
