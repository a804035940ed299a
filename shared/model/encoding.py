"""The one JSON encoder of stored records."""

import msgspec

encode = msgspec.json.Encoder().encode
