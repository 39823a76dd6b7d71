"""How fast, how frugal and how steady the kiosk is, measured on this machine."""

from evals.bench.process import ProcessFailedError
from evals.bench.report import AIMS, Aim, BenchReport
from evals.bench.run import Plan, run_bench

__all__ = ["AIMS", "Aim", "BenchReport", "Plan", "ProcessFailedError", "run_bench"]
