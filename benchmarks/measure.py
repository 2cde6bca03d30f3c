"""What every workload uses: CPU time of the process per operation, reported as a line of JSON."""

import json
import time


def cpu(name, operations, function):
    """Run ``function()`` and report the CPU time (user and system, seconds) that one of its operations took."""
    begin = time.process_time()
    function()
    print(json.dumps({"name": name, "seconds": (time.process_time() - begin) / operations}), flush=True)
