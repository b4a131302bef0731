# SPDX-License-Identifier: MIT
"""The connection to the server breaks: at each message that one side sends to the other, `wend up` must
end with an error that says where things stand, and the next one as if nothing had been."""
import concurrent.futures
import os
import urllib.parse

from program import Failure, Run, check_error
from proxy import AFTER, BEFORE, HALF, Cut, Proxy
from server_stand import Target

WORKERS = max(2, os.cpu_count() or 2)
ENDS = (0, 1, 3)


class Lane:
    """A database of its own and a proxy before it, so that several cuts can be made at once."""

    def __init__(self, target, number):
        self.target = Target(target.server, target.wend, f"{target.name}_{number}", target.rows)
        parts = urllib.parse.urlsplit(
            target.server.database_url(self.target.name, target.server.entrances()[-1]))
        self.proxy = Proxy(target.server.script, parts.port)
        self.url = urllib.parse.urlunsplit(parts._replace(
            netloc=f"{parts.username}@127.0.0.1:{self.proxy.port}",
            query=target.server.plain_text))

    def run(self, cut):
        """`wend up` through the proxy on an empty database."""
        self.target.fresh()
        self.proxy.arm(cut)
        return Run(self.target.wend, self.target.folder, ["-d", self.url, "up"], {}).wait()


def cut_once(lane, cut, undisturbed):
    """Whether the run came so far, and whether the next one had something to do."""
    target, what = lane.target, f"cut {cut}"
    result = lane.run(cut)
    if result.code not in ENDS:
        raise Failure(f"{what}: {result.describe()}")
    if result.code != 0:
        try:
            check_error(result)
        except Failure as failure:
            raise Failure(f"{what}: {failure}") from failure
    if result.steps() > target.applied():
        raise Failure(f"{what}: what was told as applied is not in the history: {result.out}")
    try:
        again = target.must("up")
        target.compare(undisturbed.whole, what)
        target.check_once()
    except Failure as failure:
        raise Failure(f"{what}: {failure}\nbefore it: {result.describe()}") from failure
    return lane.proxy.made, again.steps() > 0


def all_cuts(counts):
    for number in range(1, counts["client"] + 1):
        for how in (BEFORE, HALF, AFTER):
            yield Cut("client", number, how)
    for number in range(1, counts["server"] + 1):
        yield Cut("server", number, HALF if number % 4 == 0 else AFTER)


def choose(lane, chance, limit):
    """All places, or so many of them: half of those the ones where a commit is under way."""
    result = lane.run(None)
    if result.code != 0:
        raise Failure(f"through the proxy: {result.describe()}")
    cuts = list(all_cuts(lane.proxy.counts))
    if limit is None:
        return cuts
    commits = [Cut("client", number, AFTER) for number in lane.proxy.commits]
    chosen = chance.sample(commits, min(len(commits), limit // 2))
    return chosen + chance.sample(cuts, limit - len(chosen))


def cut_everywhere(target, undisturbed, chance, limit):
    lanes = [Lane(target, number) for number in range(WORKERS)]
    try:
        cuts = choose(lanes[0], chance, limit)

        def work(lane):
            return [cut_once(lane, cut, undisturbed) for cut in cuts[lanes.index(lane)::WORKERS]]

        with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            results = [one for part in pool.map(work, lanes) for one in part]
    finally:
        for lane in lanes:
            lane.proxy.close()
    made = sum(one for one, _ in results)
    if made < len(results) // 2:
        raise Failure(f"only {made} of {len(results)} cuts were made")
    return (f"{made} connections cut, {sum(more for _, more in results)} of them with work left for "
            "the next run")
