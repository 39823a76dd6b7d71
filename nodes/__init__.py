"""One module per step of the state machine.

A node is an async function `(kiosk, state, config) -> Update`: it reads the state, calls the domain and returns the
keys that change. It waits for nothing but `background.run`, so that the same function serves `invoke` and `ainvoke`.
"""
