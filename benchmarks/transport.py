"""Time batched transport plans against POT's, one pair at a time and batched.

    python benchmarks/transport.py [--device cuda] [--rounds 9] [--iterations 50] [--threads 1]

Prints a Markdown table: medians over interleaved rounds, so that a busy machine slows all alike.
Every iterative method runs the same number of iterations, with its stopping test out of reach, in
float32. `ot.emd` runs to its end and is what `ipot` approaches. The last column is the mean
<T, C> of the plans: methods of one problem should agree in it. POT's batched proximal
method does not up to 0.9.7: it takes the last plan with the wrong sign (PythonOT/POT#842).
"""

from __future__ import annotations

import argparse
import platform
import time
from collections.abc import Callable, Iterator
from statistics import median

import ot
import torch
from ot.batch import solve_batch

from clirbench.transport import cosine_cost, plan, uniform
from clirbench.transport.domain import Domain
from clirbench.transport.ipot import IPOT
from clirbench.transport.sinkhorn import Sinkhorn

SHAPES = ((32, 30), (32, 64))
EPSILON, BETA = 0.1, 0.5
DOMAINS: tuple[Domain, ...] = ("scaling", "log")


def contestants(
    cost: torch.Tensor, mass: torch.Tensor, iterations: int
) -> Iterator[tuple[str, str, Callable[[], torch.Tensor]]]:
    """Problem, method, and a call that gives the plans (B, n, n); ours come first per problem."""

    def batched(method: str, reg: float | None) -> Callable[[], torch.Tensor]:
        return lambda: (
            solve_batch(
                cost,
                reg,
                mass,
                mass,
                max_iter=iterations,
                tol=-1.0,
                method=method,
                inner_reg=BETA,
                grad="detach",
            ).plan
        )

    def looped(method: str) -> Callable[[], torch.Tensor]:
        return lambda: torch.stack(
            [
                ot.sinkhorn(
                    a, a, c, EPSILON, method=method, numItermax=iterations, stopThr=-1.0, warn=False
                )
                for c, a in zip(cost, mass, strict=True)
            ]
        )

    def ours(solver: IPOT | Sinkhorn) -> Callable[[], torch.Tensor]:
        return lambda: plan(cost, mass, mass, solver)

    for domain in DOMAINS:
        sinkhorn = Sinkhorn(epsilon=EPSILON, iterations=iterations, domain=domain)
        yield "sinkhorn", f"clirbench, {domain}", ours(sinkhorn)
    yield "sinkhorn", "POT, batched, scaling", batched("sinkhorn", EPSILON)
    yield "sinkhorn", "POT, batched, log", batched("log_sinkhorn", EPSILON)
    yield "sinkhorn", "POT, one by one, scaling", looped("sinkhorn")
    yield "sinkhorn", "POT, one by one, log", looped("sinkhorn_log")
    for domain in DOMAINS:
        ipot = IPOT(beta=BETA, iterations=iterations, domain=domain)
        yield "exact", f"clirbench, ipot, {domain}", ours(ipot)
    yield "exact", "clirbench, exact", lambda: plan(cost, mass, mass, "exact")
    yield "exact", "POT, batched, proximal", batched("proximal", None)
    yield (
        "exact",
        "POT, one by one, emd",
        lambda: torch.stack([ot.emd(a, a, c) for c, a in zip(cost, mass, strict=True)]),
    )


def settle(device: torch.device) -> None:
    """Wait until the device has nothing left to do."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def seconds(call: Callable[[], torch.Tensor], device: torch.device) -> float:
    """Wall-clock time of one call."""
    settle(device)
    start = time.perf_counter()
    call()
    settle(device)
    return time.perf_counter() - start


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--iterations", type=int, default=50)
    parser.add_argument("--threads", type=int, default=1, help="of the CPU, for torch")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    device = torch.device(options.device)
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else platform.machine()
    print(
        f"{name}, {torch.get_num_threads()} CPU threads, torch {torch.__version__}, POT"
        f" {ot.__version__}; {options.iterations} iterations, medians of {options.rounds} rounds\n"
    )
    print("| B | n = m | problem | method | ms | times ours | mean <T, C> |")
    print("| --: | --: | --- | --- | --: | --: | --: |")
    for batch, length in SHAPES:
        generator = torch.Generator().manual_seed(0)
        teacher = torch.randn(batch, length, 128, generator=generator) + 0.8
        noise = torch.randn(batch, length, 128, generator=generator)
        cost = cosine_cost(teacher, teacher + noise).to(device)
        mass = uniform(torch.ones(batch, length, device=device))
        calls = list(contestants(cost, mass, options.iterations))
        paid = [(call() * cost).sum((1, 2)).mean().item() for _, _, call in calls]  # and warm up
        rounds = [[seconds(call, device) for _, _, call in calls] for _ in range(options.rounds)]
        medians = [median(times) for times in zip(*rounds, strict=True)]
        first: dict[str, float] = {}
        for (problem, method, _), taken, value in zip(calls, medians, paid, strict=True):
            ratio = taken / first.setdefault(problem, taken)
            print(
                f"| {batch} | {length} | {problem} | {method} | {taken * 1e3:.1f} | {ratio:.1f} |"
                f" {value:.4f} |"
            )


if __name__ == "__main__":
    main()
