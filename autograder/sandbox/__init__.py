"""Sandbox: runs student code in processes that can neither read the grader nor change anything.

Theory of operation

Processes, from the outside to the inside::

    grader    trusted: hidden tests, reference, gradebook   supervisor.py, session.py
     └ bwrap  namespaces; only with the isolation "bwrap"   bubblewrap.py
        └ worker  one per import policy; imports NumPy      worker/worker.py
           └ child  runs student code, for some hidden      worker/request_handler.py
                    tests of one submission

The worker never runs student code. It only forks, so each child starts clean and fast.

Sockets. A control socket joins grader and worker: JSON datagrams with the settings, "spawn" and
"reap". For each child the grader makes a socket pair and sends one end along with "spawn". The
frames of worker/protocol.py go over that socket. A child has no other open descriptor than
/dev/null.

Who waits for whom. The grader waits for "ready" of the worker, then of the child. The child says
"ready" after all layers of worker/lockdown.py are in force, before it loads student code. Then the
grader sends a request and waits for the reply until a deadline (clock.py). While a substitute runs,
the child waits for the grader. A child waits for requests without a limit, and exits when its
socket closes. To end a child, the grader closes the socket and sends "reap": the worker kills the
child, waits for it, and answers with its exit status. Children die with the worker, the worker with
bwrap or its control socket, and bwrap with the grader.

Trust. The grader never imports, parses or unpickles student data. Values cross as JSON and raw
arrays of known types (worker/wire_types.py), and each field of a reply is checked
(reply_validation.py). A violation is a StudentFault. An error of worker or kernel is a
SandboxError, which stops the scoring. isolation.py chooses the isolation, and selftest.py proves it
before any student code runs.
"""
