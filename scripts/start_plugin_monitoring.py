"""Publish this machine's metrics: the seed's start script. The same as `enhanced-alerts producer`."""

import sys

from producers.__main__ import main

sys.exit(main())
