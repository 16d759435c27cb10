"""`python -m tests.bench [NAME …]`: runs all benchmarks, or those named, one after the other, each in a process of its own."""

import subprocess
import sys
from pathlib import Path

NOT_BENCHMARKS = {"__init__", "__main__"}


def main() -> int:
    folder = Path(__file__).parent
    known = sorted(path.stem for path in folder.glob("*.py") if path.stem not in NOT_BENCHMARKS and _is_benchmark(path))
    wanted = sys.argv[1:] or known
    if unknown := set(wanted) - set(known):
        print(f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    failed = [
        name for name in wanted if subprocess.run([sys.executable, "-m", f"tests.bench.{name}"], check=False).returncode
    ]
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _is_benchmark(path: Path) -> bool:
    return '__name__ == "__main__"' in path.read_text("utf-8")


if __name__ == "__main__":
    sys.exit(main())
