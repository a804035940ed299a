"""Start the monitoring, or this machine's producer alone where the rest runs already: the seed's start script."""

from api.console import start_monitoring

start_monitoring()
