"""Floor 1: scheduling. Knows nothing of patching.

===============  =====================================================================
``hub``          the loop of one native thread: ready queue, timers, poller
``poller``       what asks the kernel: epoll, or poll where epoll is missing
``timers``       the heap of deadlines; no clock of its own
``waiters``      one parked greenlet, and the wait for a raw descriptor
``descriptors``  sockets: readiness remembered, deadlines, who waits
``locks``        Lock and RLock
``local``        thread-local data
``tasks``        greenlets that stand for threads
``offload``      native threads for calls which cannot be made to wait cooperatively
===============  =====================================================================
"""
