"""The hasty daemon under strace, killed as it enters its n-th sync: `traced.py n run ...`."""

import os
import sys
from pathlib import Path

HASTY = Path(__file__).with_name("hasty.py")

if __name__ == "__main__":
    nth, *arguments = sys.argv[1:]
    inject = ("-e", "trace=fdatasync", "-e", f"inject=fdatasync:signal=SIGKILL:when={nth}")
    tracer = ("strace", "-D", "-f", "-qq", "-o", "/dev/null", *inject)
    os.execvp("strace", (*tracer, sys.executable, str(HASTY), *arguments))
