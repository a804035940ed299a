"""Alerts as senders of other products post them: events of PagerDuty, alerts of Opsgenie, webhooks."""
