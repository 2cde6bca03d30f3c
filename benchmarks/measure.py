"""What every workload uses: CPU time of the process per operation, reported as a line of JSON."""

import json
import time

REPEAT = 5


def cpu(name, operations, function, repeat=REPEAT):
    """Run ``function()`` ``repeat`` times and report the CPU time that one of its operations took.

    User and system time, in seconds, of the best run: whatever else the machine does only ever adds.
    """
    times = []
    for _ in range(repeat):
        begin = time.process_time()
        function()
        times.append(time.process_time() - begin)
    print(json.dumps({"name": name, "seconds": min(times) / operations}), flush=True)
