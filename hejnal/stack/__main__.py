"""`python -m hejnal.stack` is the supervisor; `hejnal up` starts it in the background and waits until it says ready."""

import asyncio
import sys

from hejnal.stack import environment
from hejnal.stack.home import Home
from hejnal.stack.lock import AlreadyRunning, StackLock
from hejnal.stack.ports import Ports
from hejnal.stack.secrets import Secrets
from hejnal.stack.supervisor import Supervisor, first_cause


def main() -> int:
    home = Home.find()
    ports = Ports.from_environment()
    lock = StackLock(home.lock_file)
    try:
        lock.take()
    except AlreadyRunning as running:
        print(running, file=sys.stderr)
        return 1
    given = environment.for_services(home, ports, Secrets(home.secrets_file))
    try:
        asyncio.run(Supervisor(home, ports, given).run())
    except Exception as failed:  # noqa: BLE001 — whatever it was is in the progress file for `hejnal up`, and here
        print(first_cause(failed), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
