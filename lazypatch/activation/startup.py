# What PYTHONSTARTUP may point at; it runs in the namespace of the prompt, in which it leaves nothing.
__import__("lazypatch.activation.environment", fromlist=["start"]).start("1")
