"""Watch plugins and the system's own processes live: the seed's script. The same as `enhanced-alerts top --plugins`."""

import sys

from api.cli import main

main(["top", "--plugins", *sys.argv[1:]])
