"""Start the monitoring, or this machine's producer alone where the rest runs already: the seed's start script."""

import sys

from api.console import start_monitoring

sys.exit(start_monitoring())
