"""The model server on the loopback that tests talk to; it lives beside the benchmarks, which use it as well."""

from evals.loopback import Answer, Asked, Fault, LoopbackServer, Script

__all__ = ["Answer", "Asked", "Fault", "LoopbackServer", "Script"]
