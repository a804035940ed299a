"""Analyses of what the archive keeps: trends of metrics, figures of alerts over months. Pure: values in, values out."""
