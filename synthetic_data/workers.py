"""Make blocks beside each other, and hand them on in their order.

Each block has random numbers of its own (streams.py), so neither the number of processes nor
the number of blocks a process takes at a time can change a byte.
"""

import multiprocessing
import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from typing import Any

import pyarrow as pa

from synthetic_data.block import build_block, count_blocks
from synthetic_data.parts import BlockParts, Format, pack_block
from synthetic_data.scenario import read_scenario

_WAITING_PER_WORKER = 2
"""Tasks that are made or wait to be written, so that memory stays bounded."""


def default_workers() -> int:
    """Give the number of cores this process may use."""
    return len(os.sched_getaffinity(0))


def stream_blocks(
    scenario: str,
    *,
    seed: int,
    persons: int,
    file_format: Format,
    workers: int,
    blocks_at_once: int,
) -> Iterator[BlockParts]:
    """Make all blocks and give them in order.

    Args:
        scenario: Name of the scenario.
        seed: Of the delivery.
        persons: Size of the whole population.
        file_format: Which files there will be.
        workers: Processes; 1 makes everything in this one.
        blocks_at_once: Blocks that a process makes before it hands them over.
    """
    blocks = range(count_blocks(persons))
    tasks = [list(blocks[i : i + blocks_at_once]) for i in range(0, len(blocks), blocks_at_once)]
    arguments = [(scenario, seed, persons, file_format, task) for task in tasks]
    if min(workers, len(tasks)) == 1:
        for each in arguments:
            yield from _make_blocks(*each)
        return
    yield from _make_in_processes(arguments, min(workers, len(tasks)))


def _make_in_processes(arguments: list[tuple[Any, ...]], workers: int) -> Iterator[BlockParts]:
    # A process of its own for each worker: a fork of a program with threads may hang.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, initializer=_use_one_thread) as pool:
        waiting: deque[Future[list[BlockParts]]] = deque()
        try:
            for each in arguments:
                waiting.append(pool.submit(_make_blocks, *each))
                if len(waiting) > workers * _WAITING_PER_WORKER:
                    yield from waiting.popleft().result()
            while waiting:
                yield from waiting.popleft().result()
        finally:
            for task in waiting:
                task.cancel()


def _use_one_thread() -> None:
    pa.set_cpu_count(1)


def _make_blocks(
    scenario: str, seed: int, persons: int, file_format: Format, blocks: list[int]
) -> list[BlockParts]:
    parameters = read_scenario(scenario)
    return [
        pack_block(build_block(parameters, seed=seed, block=block, persons=persons), file_format)
        for block in blocks
    ]
