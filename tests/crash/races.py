# SPDX-License-Identifier: MIT
"""Eight runs at once on a server, by all its entrances: every migration runs in just one of them. On a
cluster one node is killed meanwhile."""
import time

from program import Failure, check_error

RUNS = 8
LOST = (1, 3, 4)  # how a run may end whose node was killed


def start_all(target):
    urls = target.server.entrances()
    return [target.start("up", url=urls[number % len(urls)]) for number in range(RUNS)]


def race(target, undisturbed, _chance, rounds):
    workers = 0
    for _ in range(rounds):
        target.fresh()
        results = [run.wait() for run in start_all(target)]
        for result in results:
            if result.code != 0:
                raise Failure(result.describe())
        steps = [result.steps() for result in results]
        if sum(steps) != target.server.count(target.rows):
            raise Failure(f"they say they applied {steps}")
        target.check_once()
        target.compare(undisturbed.whole, f"{RUNS} runs at once")
        workers += sum(step > 0 for step in steps)
    return f"{rounds} rounds of {RUNS} runs, {workers} of them did the work"


def check_lost(results, killed, nodes):
    """Runs on the killed node may have lost it, and say so; all others end well. How many have."""
    lost = 0
    for number, result in enumerate(results):
        if result.code == 0:
            continue
        if number % nodes != killed or result.code not in LOST:
            raise Failure(f"node {number % nodes + 1}, with {killed + 1} killed: {result.describe()}")
        check_error(result)
        lost += 1
    return lost


def race_without_node(target, undisturbed, chance, rounds):
    lost = unfinished = 0
    server = target.server
    nodes = len(server.entrances())
    for _ in range(rounds):
        target.fresh()
        killed = chance.randrange(nodes)
        at = chance.uniform(0.1, undisturbed.up_seconds * 1.5)
        runs = start_all(target)
        time.sleep(at)
        server.kill_node(killed)
        results = [run.wait() for run in runs]
        try:
            lost += check_lost(results, killed, nodes)
            unfinished += target.must("up").steps() > 0
            target.check_once()
            target.compare(undisturbed.whole, "on a living node")
            server.restart_node(killed)
            server.url = server.urls[killed]
            target.compare(undisturbed.whole, "on the node that came back")
        except Failure as failure:
            raise Failure(f"node {killed + 1} killed at {at * 1000:.0f} ms: {failure}") from failure
    return (f"{rounds} rounds of {RUNS} runs and a killed node, {lost} lost it, {unfinished} times "
            "there was work left")
